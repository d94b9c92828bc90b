namespace LockGrains.Chaos;

/// <summary>A session as its client saw it.</summary>
internal sealed class ClientSession(string name, long askedAt)
{
    public string Name => name;

    public long AskedAt => askedAt;

    /// <summary>Whether the supervisor has ended it, or is about to: its client learns of that later, and only tokens protect until then.</summary>
    public bool IsRevoked { get; set; }

    /// <summary>What is held under it, with the judge of its key.</summary>
    public List<(ClientAttempt Attempt, KeyJudge Key)> Holds { get; } = [];
}
