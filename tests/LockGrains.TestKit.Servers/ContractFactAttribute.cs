using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace LockGrains.TestKit.Servers;

/// <summary>
/// A test of a contract class: the classes that derive from it are its bodies. One with <see cref="NeedsRedisAttribute"/> needs a Redis, one
/// with <see cref="NeedsPostgresAttribute"/> a PostgreSQL, one with <see cref="NeedsProgramsAttribute"/> programs of the system.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("LockGrains.TestKit.Servers." + nameof(ContractFactDiscoverer), "LockGrains.TestKit.Servers")]
public sealed class ContractFactAttribute : FactAttribute;

/// <summary>Marks the body of a contract that runs over a real Redis.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsRedisAttribute : Attribute;

/// <summary>Marks the body of a contract that runs over a real PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

/// <summary>Marks the body of a contract that runs programs of the system.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsProgramsAttribute(params string[] programs) : Attribute
{
    public string[] Programs => programs;
}

/// <summary>Finds the tests of <see cref="ContractFactAttribute"/>.</summary>
public sealed class ContractFactDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        var (display, options) = (discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault());
        return [new ContractTestCase(diagnostics, display, options, testMethod)];
    }
}

/// <summary>One test of one body; xunit 2 knows no skip that depends on the body.</summary>
public sealed class ContractTestCase : XunitTestCase
{
    [Obsolete("For the deserializer of xunit.")]
    public ContractTestCase()
    {
    }

    public ContractTestCase(
        IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod testMethod)
        : base(diagnostics, display, options, testMethod)
    {
    }

    protected override string GetSkipReason(IAttributeInfo factAttribute) =>
        (Needs(typeof(NeedsRedisAttribute)) ? RedisServer.SkipReason : null)
        ?? (Needs(typeof(NeedsPostgresAttribute)) ? PostgresInstallation.SkipReason : null)
        ?? ProgramsSkipReason()
        ?? base.GetSkipReason(factAttribute);

    private string? ProgramsSkipReason() => TestMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsProgramsAttribute)).SingleOrDefault() is { } needs
        ? RequiresFactAttribute.FindSkipReason(needs.GetNamedArgument<string[]>(nameof(NeedsProgramsAttribute.Programs)))
        : null;

    private bool Needs(Type attribute) => TestMethod.TestClass.Class.GetCustomAttributes(attribute).Any();
}
