namespace LockGrains;

/// <summary>
/// Work that runs once per cluster has run to its end here, and its outcome is not stored, or nobody can say whether it is. So it may run again.
/// </summary>
public sealed class RunOnceUnstoredException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="record">What was to be stored.</param>
    /// <param name="mayBeStored">Whether it may be stored all the same.</param>
    /// <param name="innerException">Why it is not known to be; null where there is no more to say.</param>
    public RunOnceUnstoredException(string key, RunOnceRecord record, bool mayBeStored, Exception? innerException)
        : base(Explain(key, record, mayBeStored, innerException), innerException)
    {
        Key = key;
        Edition = record.Edition;
        Outcome = record.Outcome;
        FencingToken = record.FencingToken;
        MayBeStored = mayBeStored;
    }

    /// <summary>The lock's key.</summary>
    public string Key { get; internal set; }

    /// <summary>The edition that ran.</summary>
    public string Edition { get; internal set; }

    /// <summary>What the work returned.</summary>
    public string Outcome { get; internal set; }

    /// <summary>The fencing token of the hold under which it ran.</summary>
    public long FencingToken { get; internal set; }

    /// <summary>
    /// True when nobody can say whether the outcome is stored: <see cref="RunOnceExtensions.GetLastRunAsync"/> tells it later. False when it is not
    /// stored: then the next call runs the work again.
    /// </summary>
    public bool MayBeStored { get; internal set; }

    private static string Explain(string key, RunOnceRecord record, bool mayBeStored, Exception? innerException)
    {
        ArgumentNullException.ThrowIfNull(record);
        var edition = record.Edition.Length == 0 ? "" : $" (edition '{record.Edition}')";
        var what = mayBeStored ? "nobody can say whether its outcome is stored" : "its outcome is not stored";
        return $"The work of '{key}'{edition} has run to its end, and {what}. It may run again."
            + (innerException is null ? "" : $" {innerException.Message}");
    }
}
