namespace LockGrains.Cli.Guarding;

/// <summary>
/// When a command is asked to end, and when it is ended, so that it does not run beside the next holder. A function of what is known,
/// without clock or process. Every time is a monotonic one, counted from any fixed moment.
/// <para>
/// The end of the lock is the end of the command, not the beginning of it: the command is asked before it, and ended before it. A lease of
/// 30 s that cannot be renewed any more, with a grace of 5 s, leaves the command 24.7 s to know nothing of it, and 5 s to stop. It is then
/// ended 0.2 s before the lock is, because the end of many processes takes time.
/// </para>
/// </summary>
internal sealed record EndPlan
{
    /// <summary>What a signal to end may be late by, on a busy machine, without taking from the grace.</summary>
    public static readonly TimeSpan Reflex = TimeSpan.FromMilliseconds(100);

    /// <summary>What the end of all its processes may take, on a busy machine: 22 of them took longer than the lock lasted.</summary>
    public static readonly TimeSpan KillTime = TimeSpan.FromMilliseconds(200);

    /// <summary>What comes off the lease beside the grace.</summary>
    public static readonly TimeSpan Margin = Reflex + KillTime;

    /// <summary>How long a command may go on once nobody renews its lock because lockgrains itself is gone.</summary>
    public static readonly TimeSpan OrphanGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the command has between being asked to end and being ended.</summary>
    public required TimeSpan Grace { get; init; }

    /// <summary>When it is ended.</summary>
    public TimeSpan KillAt { get; private init; } = TimeSpan.MaxValue;

    /// <summary>Whether the command was asked to end. There is no way back from that.</summary>
    public bool IsAsked { get; private init; }

    /// <summary>Whether the command was ended.</summary>
    public bool IsKilled { get; private init; }

    /// <summary>When to look again; <see cref="TimeSpan.MaxValue"/> when nothing is to come.</summary>
    public TimeSpan LookAt => IsKilled ? TimeSpan.MaxValue : IsAsked ? KillAt : AskAt;

    private TimeSpan AskAt => MustAsk ? TimeSpan.Zero : KillAt == TimeSpan.MaxValue ? KillAt : KillAt - Grace - Reflex;

    private bool MustAsk { get; init; }

    /// <summary>
    /// The lock is held until then, and nothing of the command may run after it. One that was asked to end is not given more time for it, but
    /// may be given less.
    /// </summary>
    public EndPlan HeldUntil(TimeSpan deadline) => IsAsked && deadline - KillTime > KillAt ? this : this with { KillAt = deadline - KillTime };

    /// <summary>
    /// The lock was taken away: somebody else may hold it already. Nothing better is possible than to ask at once, and to end the command
    /// one grace later.
    /// </summary>
    public EndPlan Revoked(TimeSpan now) => AskNow(now + Grace);

    /// <summary>Nobody renews the lock any more, and nobody will release it: the command is to be gone within a second.</summary>
    public EndPlan HolderGone(TimeSpan now) => AskNow(now + (Grace < OrphanGrace ? Grace : OrphanGrace));

    /// <summary>What is due now, and the plan once that is done.</summary>
    public (EndPlan Plan, EndStep Step) Next(TimeSpan now)
    {
        if (IsKilled)
            return (this, EndStep.None);
        if (now >= KillAt)
            return (this with { IsAsked = true, IsKilled = true }, EndStep.Kill);
        return !IsAsked && now >= AskAt ? (this with { IsAsked = true }, EndStep.Ask) : (this, EndStep.None);
    }

    private EndPlan AskNow(TimeSpan killAt) => this with { MustAsk = true, KillAt = killAt < KillAt ? killAt : KillAt };
}
