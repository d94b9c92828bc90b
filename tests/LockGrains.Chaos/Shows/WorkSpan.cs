namespace LockGrains.Chaos;

/// <summary>The work of one leadership.</summary>
internal sealed record WorkSpan(long Token, string Name, long BeganAt)
{
    /// <summary>When its last entry was begun that the fence let pass.</summary>
    public long EndedAt { get; set; } = BeganAt;
}
