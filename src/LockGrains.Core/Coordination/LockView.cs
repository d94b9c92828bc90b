using System.Globalization;

namespace LockGrains.Core;

/// <summary>
/// What one activation shows of its key to those who look: the present state, what happened last, and a count of all changes. The count tells one
/// who watches whether it knows the present state.
/// </summary>
/// <param name="policy">The bounds.</param>
/// <param name="identity">A random number, which tells this activation's cursors from those of others.</param>
internal sealed class LockView(LockPolicy policy, long identity)
{
    private readonly RecentEvents _recent = new();
    private long _endedValue;
    private int _heldBack;
    private (long Changes, string Text)? _cursor;

    /// <summary>How fast the queue moves.</summary>
    public Pace Pace { get; } = new();

    /// <summary>How often what is shown has changed. Renewals and the mere running of time are no changes.</summary>
    public long Changes { get; private set; }

    /// <summary>What a watcher gives back, to say that it knows the present state.</summary>
    public string Cursor
    {
        get
        {
            if (_cursor is not { } cursor || cursor.Changes != Changes)
                _cursor = cursor = (Changes, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Changes}"));
            return cursor.Text;
        }
    }

    private string Prefix { get => field ??= string.Create(CultureInfo.InvariantCulture, $"{identity:x}-"); }

    /// <summary>Whether a cursor is one of this activation, of now or of before.</summary>
    public bool IsOwn(string? cursor) => cursor is not null && cursor.StartsWith(Prefix, StringComparison.Ordinal);

    public void OnEvent(LockEvent lockEvent, TimeSpan now)
    {
        if (lockEvent is LockEvent.LeaseRenewed)
            return;
        Changes++;
        _recent.Add(lockEvent, now);
        if (lockEvent is LockEvent.LeaseGranted granted)
            Pace.OnGranted(granted.Waiter is not null, now);
    }

    /// <summary>Counts what no event tells of: a limit, a value, and an upgrade that begins to wait.</summary>
    public void OnDecided(LockState before, LockState after)
    {
        if (!ReferenceEquals(before.Data, after.Data) || (before.Upgrade is null && after.Upgrade is not null))
            Changes++;
    }

    /// <summary>The key has no record any more, so it has no last token.</summary>
    public void OnForgotten() => Changes++;

    /// <summary>Counts what no step decides: a value that was kept for a time ends, and a lock is held back from when its lease ran out.</summary>
    public void OnTime(LockState state, LockTime now)
    {
        var heldBack = state.Holders.Count(lease => lease.IsHeldBack(now.Monotonic));
        if (heldBack != _heldBack)
            Changes++;
        _heldBack = heldBack;
        if (state.Data is not { Value: not null } data || data.ValueAt(now.UnixMilliseconds) is not null || data.ValueVersion == _endedValue)
            return;
        _endedValue = data.ValueVersion;
        Changes++;
    }

    /// <summary>When <see cref="OnTime"/> will next count a change, on the coordinator's clock, if nothing else happens.</summary>
    public static TimeSpan NextChangeAt(LockState state, LockTime now)
    {
        var next = state.Data?.ValueAt(now.UnixMilliseconds) is { IsEphemeral: false } value
            ? now.Monotonic + TimeSpan.FromMilliseconds(value.KeptUntil - now.UnixMilliseconds)
            : TimeSpan.MaxValue;
        foreach (var lease in state.Holders)
        {
            if (lease.Request.Delay > TimeSpan.Zero && !lease.IsHeldBack(now.Monotonic) && lease.PromisedUntil < next)
                next = lease.PromisedUntil;
        }

        return next;
    }

    public LockInfo Read(LockState state, FencingToken lastToken, LockTime now) =>
        WireReplies.ToInfo(state, lastToken, now, policy, Pace) with { Recent = _recent.Read(now.Monotonic) };
}
