namespace LockGrains.Chaos;

/// <summary>A stretch of time in which a client believes to have so much of a lock: an upgrade or a downgrade begins another one.</summary>
internal sealed class Belief(ClientAttempt attempt, long token, Share share, long from, long until)
{
    public ClientAttempt Attempt => attempt;

    public long Token => token;

    public Share Share => share;

    public long From => from;

    /// <summary>Until when: as its handle said last, or until it was released, lost or changed.</summary>
    public long Until { get; set; } = until;

    /// <summary>Whether it may still become longer.</summary>
    public bool IsOpen => attempt.Belief == this && !attempt.IsOver;

    public bool IsAt(long at) => from <= at && at < Until;

    /// <summary>For how long both were there; 0 or less for never.</summary>
    public long OverlapWith(Belief other) => Math.Min(Until, other.Until) - Math.Max(from, other.From);
}
