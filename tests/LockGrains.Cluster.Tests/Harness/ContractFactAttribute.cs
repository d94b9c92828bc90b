using Xunit.Abstractions;
using Xunit.Sdk;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// A test of a contract class: the classes that derive from it are its bodies, and one with <see cref="NeedsRedisAttribute"/>
/// needs a Redis.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("LockGrains.Cluster.Tests." + nameof(ContractFactDiscoverer), "LockGrains.Cluster.Tests")]
public sealed class ContractFactAttribute : FactAttribute;

/// <summary>Marks the body of a contract that runs over a real Redis.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsRedisAttribute : Attribute;

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

    protected override string GetSkipReason(IAttributeInfo factAttribute)
    {
        var needsRedis = TestMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsRedisAttribute)).Any();
        return (needsRedis ? RedisServer.SkipReason : null) ?? base.GetSkipReason(factAttribute);
    }
}
