using Xunit;

namespace LockGrains.TestKit.Servers;

/// <summary>A test that needs a real PostgreSQL. Skipped, with the reason, where there is none; failing there in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresInstallation.SkipReason;
}

/// <summary>As <see cref="PostgresFactAttribute"/>, for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresInstallation.SkipReason;
}
