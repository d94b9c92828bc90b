namespace LockGrains.Core;

/// <summary>
/// The client's side of watching one key: each reply, failure or pause returns the next step. It keeps nothing but the last cursor, so whoever
/// reads slowly gets the latest state next, and a failover, a deletion or a lost reply costs one call.
/// </summary>
/// <param name="settings">The times.</param>
public sealed class WatchProtocol(WatchSettings settings)
{
    private string? _cursor;
    private TimeSpan _sentAt;
    private TimeSpan? _shownAt;
    private TimeSpan? _troubleSince;
    private int _failures;
    private bool _isUnknownShown;

    /// <summary>The reader wants the next state.</summary>
    /// <param name="now">The time.</param>
    public WatchStep Next(TimeSpan now) => _shownAt + settings.Pause - now is { } pause && pause > TimeSpan.Zero ? Pause(pause) : Call(now);

    /// <summary>A pause is over.</summary>
    /// <param name="now">The time.</param>
    public WatchStep OnPaused(TimeSpan now) => Call(now);

    /// <summary>The silo has answered.</summary>
    /// <param name="reply">What it said.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public WatchStep OnReply(WatchReply reply, TimeSpan now, double jitter)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (reply is not { Status: WatchStatus.Current, Info: { } info, Cursor: { } cursor })
            return OnUnknown(reply.Detail ?? $"The silo said {reply.Status}.", now, jitter);

        (_troubleSince, _failures) = (null, 0);
        if (cursor != _cursor || _isUnknownShown)
        {
            _cursor = cursor;
            _isUnknownShown = false;
            return Show(info, now);
        }

        // Nothing has changed. A silo that says so long before the slice is over must not make us spin.
        return now - _sentAt < settings.Backoff.Delay ? Pause(settings.Backoff.After(1, jitter)) : Call(now);
    }

    /// <summary>There was no usable reply. When that lasts, the reader is told once that nobody knows; it goes on in any case.</summary>
    /// <param name="detail">What happened, for people.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public WatchStep OnUnknown(string detail, TimeSpan now, double jitter)
    {
        _troubleSince ??= _sentAt;
        _failures++;
        if (_isUnknownShown || now - _troubleSince < settings.UnavailableTimeout)
            return Pause(settings.Backoff.After(_failures, jitter));
        _isUnknownShown = true;
        return Show(new LockInfo { Known = false, Detail = detail }, now);
    }

    private WatchStep Call(TimeSpan now)
    {
        _sentAt = now;

        // In trouble, a long wait would use up the time in which several calls fit.
        var third = settings.UnavailableTimeout / 3;
        var slice = _troubleSince is not null && third < settings.Slice ? third : settings.Slice;
        return new WatchStep(WatchAction.Call, settings.AttemptTimeout + slice) { Request = new WatchRequest { Cursor = _cursor, Slice = slice } };
    }

    private static WatchStep Pause(TimeSpan time) => new(WatchAction.Pause, time);

    private WatchStep Show(LockInfo info, TimeSpan now)
    {
        _shownAt = now;
        return new WatchStep(WatchAction.Show) { Info = info };
    }
}
