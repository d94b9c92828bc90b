namespace LockGrains.Client.Tests.Leading;

/// <summary>What a <see cref="ScopeWatch"/> saw.</summary>
internal sealed class ScopeLog
{
    public bool? WasHeld { get; set; }
}
