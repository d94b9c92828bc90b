using Xunit;

namespace LockGrains.TestKit.Servers;

/// <summary>A test that needs a real Redis. Skipped, with the reason, where there is none; failing there in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute() => Skip = RedisServer.SkipReason;
}

/// <summary>As <see cref="RedisFactAttribute"/>, for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisTheoryAttribute : TheoryAttribute
{
    public RedisTheoryAttribute() => Skip = RedisServer.SkipReason;
}
