namespace LockGrains.Cli.Commands;

/// <summary>What <c>run</c> was asked to do.</summary>
internal sealed record RunSettings
{
    /// <summary>The keys, as they were typed: at least one.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>The command and its arguments: at least one.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>How long to wait for the lock; 0 tries once, infinite never gives up.</summary>
    public TimeSpan Wait { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The lease; null for the client's default.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>The label shown to others; null for that of <see cref="FindDefaultOwner"/>.</summary>
    public string? Owner { get; init; }

    /// <summary>What the command shares its locks with; by default with nobody.</summary>
    public LockMode Mode { get; init; } = LockMode.Exclusive;

    /// <summary>How many permits of each lock it takes; null where no permits are asked for.</summary>
    public int? Permits { get; init; }

    /// <summary>How many permits of each lock there are; null where no permits are asked for.</summary>
    public int? Limit { get; init; }

    /// <summary>The value that the lock has while it is held, as text; null for none. Only of one key that is held alone.</summary>
    public string? Value { get; init; }

    /// <summary>The locks, for a notice.</summary>
    public string Locks => string.Join(", ", Keys.Select(static key => $"'{key}'"));

    /// <summary>How long the command has between SIGTERM and SIGKILL, which comes before the lock ends.</summary>
    public required TimeSpan Grace { get; init; }

    /// <summary>With so much of the lease left, the command is asked to end.</summary>
    public required TimeSpan TimeToStop { get; init; }

    /// <summary>The lock is not released sooner; 0 for as soon as the command has ended.</summary>
    public TimeSpan HoldFor { get; init; }

    /// <summary>The command is ended when the lock was held for so long; null for never.</summary>
    public TimeSpan? MaxHold { get; init; }

    /// <summary>How long nobody else has the lock after its lease ran out without a release.</summary>
    public TimeSpan LockDelay { get; init; }

    /// <summary>The grace when none is given: 5 s, but no more than a third of the lease.</summary>
    public static TimeSpan GetDefaultGrace(TimeSpan lease) => lease / 3 < GraceMax ? lease / 3 : GraceMax;

    /// <summary>
    /// Who runs what, where: <c>alice@host/report.sh/4711</c>, with the process id of lockgrains. Null, for the client's default, where that is no label.
    /// </summary>
    /// <param name="command">The command and its arguments.</param>
    public static string? FindDefaultOwner(IReadOnlyList<string> command)
    {
        // A container may run as a user who has no name.
        var user = Environment.UserName is { Length: > 0 } name ? $"{name}@" : "";
        var label = $"{user}{Environment.MachineName}/{Path.GetFileName(command[0])}/{Environment.ProcessId}";
        return OwnerLabel.FindProblem(label) is null ? label : null;
    }

    /// <summary>The least time after which a command can be ended.</summary>
    public static TimeSpan MaxHoldMin { get; } = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan GraceMax = TimeSpan.FromSeconds(5);
}
