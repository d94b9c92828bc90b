namespace LockGrains;

/// <summary>
/// Finds the records of keys that nobody uses any more and whose silo is gone. It deletes nothing itself: it has each of them looked at,
/// so that an activation finds out and forgets it.
/// </summary>
[Alias("lockgrains.ITidyGrain")]
internal interface ITidyGrain : IGrainWithIntegerKey
{
    /// <summary>Begins a pass, or asks for one more after the one that is under way.</summary>
    [Alias("Start")]
    ValueTask StartAsync();

    /// <summary>Begins a pass, unless one has just begun: each silo asks, when one of them has gone.</summary>
    [Alias("StartUnlessBegun")]
    ValueTask StartUnlessBegunAsync();

    /// <summary>Tells of the pass that is under way, or of the last one.</summary>
    [Alias("GetReport")]
    ValueTask<TidyReport> GetReportAsync();
}

/// <summary>What a tidy pass has found.</summary>
[GenerateSerializer, Immutable]
[Alias("lockgrains.TidyReport")]
internal sealed record TidyReport
{
    /// <summary>How many passes have begun.</summary>
    [Id(0)]
    public int Passes { get; init; }

    /// <summary>Whether a pass is under way.</summary>
    [Id(1)]
    public bool IsRunning { get; init; }

    /// <summary>How many lock records there were.</summary>
    [Id(2)]
    public long Records { get; init; }

    /// <summary>How many of them are held, awaited, or were used a short while ago.</summary>
    [Id(3)]
    public long InUse { get; init; }

    /// <summary>How many were left behind, and were looked at: their silos forget them after <c>ForgetAfter</c>.</summary>
    [Id(4)]
    public long LeftBehind { get; init; }

    /// <summary>How many could not be read: damaged, or of another version.</summary>
    [Id(5)]
    public long Unreadable { get; init; }

    /// <summary>How long it took, or has taken so far.</summary>
    [Id(6)]
    public TimeSpan Elapsed { get; init; }

    /// <summary>After how long silos forget an unused key; zero when they never do.</summary>
    [Id(7)]
    public TimeSpan ForgetAfter { get; init; }

    /// <summary>Why it ended early, or does nothing here, for people.</summary>
    [Id(8)]
    public string? Problem { get; init; }
}
