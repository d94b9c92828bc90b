using LockGrains.Core;

namespace LockGrains;

/// <summary>How work runs once per cluster.</summary>
public sealed record RunOnceOptions
{
    /// <summary>
    /// Which run of the work this is, such as a day or a version: the key keeps the outcome of the last edition alone, and an edition runs only if it
    /// is later than that. Empty (the default) for work that has one run. At most 128 bytes in UTF-8, without control characters.
    /// <para>
    /// Editions grow. They are compared from left to right, digits as the number that they write, and all else character by character: 1.9 comes before
    /// 1.10, 2026-12 before 2027-01, and the empty one before all others. What has no order, such as the hash of a commit, belongs into the key.
    /// </para>
    /// </summary>
    public string Edition { get; init; } = "";

    /// <summary>
    /// How long to wait for the outcome while somebody holds the lock: null (the default) for as long as that takes, 0 to skip the work then; at
    /// most 365 days.
    /// </summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>
    /// How long the outcome is stored, counted from the end of the work: more than 0, at most 400 days. Default 30 days. After that the work runs
    /// again if it is asked for.
    /// </summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>
    /// What the acquire does differently; null (the default) for nothing. <see cref="AcquireOptions.HoldFor"/> is the least time that the lock is held
    /// where the work ran, also where it failed; <see cref="AcquireOptions.MaxHold"/> the most time that the work has; and <see
    /// cref="AcquireOptions.Lease"/> how long others wait for a process that died. <see cref="AcquireOptions.Mode"/> must be exclusive, and <see
    /// cref="AcquireOptions.Value"/> null.
    /// </summary>
    public AcquireOptions? Acquire { get; init; }

    /// <summary>Checks what does not depend on the client's settings.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; names it, the value and the range.</exception>
    internal void Check(string paramName)
    {
        if (Edition is null)
            throw new ArgumentException($"{nameof(Edition)} is null; it must be a text, empty for none.", paramName);
        if (RunOnceRules.FindEditionProblem(Edition) is { } edition)
            throw new ArgumentException(edition, paramName);
        if (Wait is { } wait && wait != Timeout.InfiniteTimeSpan && (wait < TimeSpan.Zero || wait > AcquireTerms.WaitMax))
            throw new ArgumentOutOfRangeException(paramName, wait, $"{nameof(Wait)} must be 0 to {AcquireTerms.WaitMax.Days} days, or null for ever.");

        AcquireTerms.CheckValue(new LockValue { KeepFor = KeepFor }, paramName);
        if (Acquire is null)
            return;

        if (Acquire.Mode != LockMode.Exclusive)
            throw new ArgumentException($"{nameof(AcquireOptions.Mode)} is {Acquire.Mode}; it must be {LockMode.Exclusive}, because one runs the work.", paramName);
        if (Acquire.Value is not null)
            throw new ArgumentException($"{nameof(AcquireOptions.Value)} must be null: the outcome of the work is the value.", paramName);
    }
}
