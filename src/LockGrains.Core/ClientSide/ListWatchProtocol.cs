using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// The client's side of watching the locks of a prefix: passes over the pages of the list, each compared with what was shown last. Each reply, failure
/// or pause returns the next step. A call that is lost is repeated for its page, so neither a failover nor a lost reply begins anew.
/// </summary>
/// <param name="prefix">The prefix, which was checked.</param>
/// <param name="settings">The times.</param>
public sealed class ListWatchProtocol(string prefix, ListWatchSettings settings)
{
    private readonly LockListChanges _changes = new();
    private readonly List<LockSummary> _pass = [];
    private LockListRequest? _page;
    private TimeSpan _passBeganAt;
    private TimeSpan _nextPassAt = TimeSpan.MinValue;
    private TimeSpan _sentAt;
    private TimeSpan? _troubleSince;
    private int _failures;
    private bool _isUnknownShown;

    /// <summary>The reader wants the next update.</summary>
    /// <param name="now">The time.</param>
    public ListWatchStep Next(TimeSpan now) => _page is null && now < _nextPassAt ? new ListWatchStep(WatchAction.Pause, _nextPassAt - now) : Call(now);

    /// <summary>A pause is over.</summary>
    /// <param name="now">The time.</param>
    public ListWatchStep OnPaused(TimeSpan now) => Call(now);

    /// <summary>A page has come.</summary>
    /// <param name="page">The page.</param>
    /// <param name="now">The time.</param>
    public ListWatchStep OnPage(LockListPage page, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(page);
        (_troubleSince, _failures) = (null, 0);
        _pass.AddRange(page.Locks);
        if (page.Next is null)
            return EndPass(page.SilosMissing, now);
        _page = _page! with { After = page.Next, SilosMissing = page.SilosMissing };
        return Call(now);
    }

    /// <summary>There was no usable reply. When that lasts, the reader is told once that nobody knows; it goes on in any case.</summary>
    /// <param name="detail">What happened, for people.</param>
    /// <param name="now">The time.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public ListWatchStep OnUnknown(string detail, TimeSpan now, double jitter)
    {
        _troubleSince ??= _sentAt;
        _failures++;
        if (_isUnknownShown || now - _troubleSince < settings.UnavailableTimeout)
            return new ListWatchStep(WatchAction.Pause, settings.Backoff.After(_failures, jitter));
        _isUnknownShown = true;
        return new ListWatchStep(WatchAction.Show) { Update = new LockListUpdate { Known = false, Detail = detail } };
    }

    private ListWatchStep EndPass(ImmutableArray<string> silosMissing, TimeSpan now)
    {
        var rest = settings.Rest * (now - _passBeganAt);
        var period = _passBeganAt + settings.Period;
        _nextPassAt = now + rest > period ? now + rest : period;
        var update = _changes.Take(_pass, silosMissing, isForced: _isUnknownShown);
        _pass.Clear();
        _page = null;
        if (update is null)
            return new ListWatchStep(WatchAction.Pause, _nextPassAt - now);
        _isUnknownShown = false;
        return new ListWatchStep(WatchAction.Show) { Update = update };
    }

    private ListWatchStep Call(TimeSpan now)
    {
        if (_page is null)
        {
            _passBeganAt = now;
            _page = new LockListRequest { Prefix = prefix, SiloTimeout = settings.SiloTimeout };
        }

        _sentAt = now;
        return new ListWatchStep(WatchAction.Call, settings.AttemptTimeout) { Request = _page };
    }
}
