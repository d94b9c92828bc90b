using System.Runtime.InteropServices;

namespace LockGrains.Core;

/// <summary>
/// Asks after the sessions that a key is held under. While somebody waits, one call for each of them waits for its end. A try that would be
/// refused waits for a moment, unless they were found alive a short while ago. While nobody wants the lock nobody is asked.
/// Trouble is no end: then the leases of the holds end by themselves.
/// <para>
/// Where there are more than can be asked at a time, those that were asked longest ago come first, and calls are short: none is passed over.
/// </para>
/// </summary>
internal sealed class SessionProbes(LockCoordinator coordinator, ISessionProbe probe, ActivationClock clock, LockPolicy policy)
{
    /// <summary>How many sessions are asked after at a time: a lock that thousands share must not flood the cluster.</summary>
    public const int OpenMax = 256;

    /// <summary>The longest that one call waits for the end of a session.</summary>
    public static readonly TimeSpan Slice = TimeSpan.FromSeconds(20);

    /// <summary>The same where not all sessions can be asked at a time: so many are swept in a second as can.</summary>
    public static readonly TimeSpan SweepSlice = TimeSpan.FromSeconds(1);

    /// <summary>How long a reply may take beyond the time that it may wait. One that was lost is missed no longer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>How long the reply to a call that does not wait may take.</summary>
    public static readonly TimeSpan PatienceOfTry = TimeSpan.FromSeconds(2);

    /// <summary>The longest that a try waits for word of the sessions.</summary>
    public static readonly TimeSpan TryMax = TimeSpan.FromSeconds(1);

    // Core has no chance of its own: each delay is the longest of its kind.
    private const double NearBound = 0.999;

    private const int Spare = 16;

    private static readonly RetryBackoff Backoff = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(10));

    private readonly Dictionary<SessionRef, Entry> _entries = [];
    private readonly List<Refused> _refused = [];

    // Tries that have waited once: their next reply is their last.
    private readonly HashSet<PendingCall> _asked = [];

    private int _open;
    private bool _isWatching;

    // With no more entries than this it is not looked which of them may be forgotten: a step must not cost as much as there are holds.
    private int _entriesKept;
    private bool _isOver;

    /// <summary>When <see cref="OnStepped"/> is to come again, if nothing else happens.</summary>
    public TimeSpan NextDue { get; private set; } = TimeSpan.MaxValue;

    /// <summary>A step was taken: begins to ask, or stops, as somebody waits or not.</summary>
    /// <param name="state">The state after it.</param>
    /// <param name="now">The time.</param>
    public void OnStepped(LockState state, TimeSpan now)
    {
        // Whoever was to be decided anew has been.
        _asked.Clear();
        NextDue = TimeSpan.MaxValue;
        if (state.Next is null && !_isWatching && _refused.Count == 0 && _entries.Count <= _entriesKept)
            return;
        DecideRefused(now);

        // An activation that ends decides nothing more, so whatever it were told it would ask again.
        var watches = state.Next is not null && coordinator.IsAlive;
        if (watches || _entries.Count > _entriesKept)
            Forget(state);
        if (!watches)
            StopWatching();
        foreach (var refused in _refused)
            NextDue = Min(NextDue, refused.Until);
        if (watches)
            Watch(state, now);
    }

    /// <summary>
    /// Whether a try that is refused waits for word of the sessions first. It is decided anew then, and once only. Where somebody waits before it, no
    /// session is in its way.
    /// </summary>
    public bool Keeps(PendingCall call, LockState state, TimeSpan now)
    {
        if (_asked.Remove(call) || state.Next is not null)
            return false;
        var asks = AskDoubted(state, now);
        if (asks.Count == 0)
            return false;
        _refused.Add(new Refused(call, now + TryMax, asks));
        NextDue = Min(NextDue, now + TryMax);
        coordinator.ListenTo(call);
        return true;
    }

    /// <summary>It asks no more.</summary>
    /// <returns>The tries that have no reply yet.</returns>
    public IEnumerable<PendingCall> End()
    {
        _isOver = true;
        StopWatching();
        PendingCall[] calls = [.. _refused.Select(static refused => refused.Call)];
        _refused.Clear();
        return calls;
    }

    /// <summary>
    /// Whether nobody knows if it lives. One that was found alive a short while ago does; one that cannot be reached counts as alive for a while.
    /// </summary>
    private bool IsDoubted(Entry entry, TimeSpan now)
    {
        if (entry.FoundAliveAt is { } at && now - at < policy.ValidationAge)
            return false;
        return entry.AskedAt is { } askedAt ? now - askedAt < TryMax : entry.RetryAt <= now;
    }

    /// <summary>Asks after those of whom nobody knows, as many as can be asked at a time.</summary>
    /// <returns>Those whose reply is on its way.</returns>
    private List<Entry> AskDoubted(LockState state, TimeSpan now)
    {
        List<Entry> doubted = [.. state.Holders.Select(static lease => lease.Request.Session).OfType<SessionRef>().Distinct().Select(Find).Where(entry => IsDoubted(entry, now))];
        var asks = doubted.FindAll(static entry => entry.AskedAt is not null);
        foreach (var entry in ChooseOldest(doubted.FindAll(static entry => entry.AskedAt is null)))
        {
            asks.Add(entry);
            Ask(entry, now);
        }

        return asks;
    }

    /// <summary>Those that were asked longest ago, as many as there is room for.</summary>
    private Entry[] ChooseOldest(List<Entry> entries) =>
        _open < OpenMax && entries.Count > 0 ? [.. entries.OrderBy(static entry => entry.LastAskedAt).Take(OpenMax - _open)] : [];

    private void Watch(LockState state, TimeSpan now)
    {
        foreach (var lease in state.Holders)
        {
            if (lease.Request.Session is { } session)
                Find(session);
        }

        // Each session once, however many holds are under it: all that are not held under any more were forgotten.
        var due = new List<Entry>();
        foreach (var entry in _entries.Values)
        {
            if (entry.Watching is not null)
                continue;
            if (entry.RetryAt > now)
                NextDue = Min(NextDue, entry.RetryAt);
            else
                due.Add(entry);
        }

        var slice = _entries.Count <= OpenMax ? Slice : SweepSlice;
        foreach (var entry in ChooseOldest(due))
        {
            _isWatching = true;
            var end = entry.Watching = new CancellationTokenSource();
            Begin(entry, now, () => WatchAsync(entry, slice, end));
        }
    }

    private void StopWatching()
    {
        if (!_isWatching)
            return;
        _isWatching = false;
        foreach (var entry in _entries.Values)
            entry.Watching?.Cancel();
    }

    /// <summary>Forgets the sessions that nothing is held under any more.</summary>
    private void Forget(LockState state)
    {
        var held = state.Holders.Select(static lease => lease.Request.Session).OfType<SessionRef>().ToHashSet();
        foreach (var (session, entry) in _entries.ToArray())
        {
            if (held.Contains(session))
                continue;
            entry.Watching?.Cancel();
            _entries.Remove(session);
        }

        _entriesKept = (2 * _entries.Count) + Spare;
    }

    private void Ask(Entry entry, TimeSpan now)
    {
        entry.AskedAt = now;
        Begin(entry, now, () => AskAsync(entry));
    }

    /// <summary>Counts here and now, before the call is made: whoever comes next must find no more room than there is.</summary>
    private void Begin(Entry entry, TimeSpan now, Func<Task> ask)
    {
        _open++;
        entry.LastAskedAt = now;
        coordinator.BeginDetached(ask);
    }

    private async Task AskAsync(Entry entry)
    {
        var hasEnded = await HasEndedAsync(entry, TimeSpan.Zero, CancellationToken.None);
        entry.AskedAt = null;
        OnReply(entry, hasEnded);
    }

    private async Task WatchAsync(Entry entry, TimeSpan slice, CancellationTokenSource end)
    {
        var beganAt = clock.Elapsed;
        var hasEnded = await HasEndedAsync(entry, slice, end.Token);
        entry.Watching = null;

        // A probe that says "alive" at once, though it was to wait, must not make us spin.
        if (hasEnded == false)
            entry.RetryAt = beganAt + Backoff.Delay;
        if (hasEnded is null && end.IsCancellationRequested)
            Wake();
        else
            OnReply(entry, hasEnded);
    }

    /// <summary>Asks once; null when nobody can say, or nobody does in time.</summary>
    private async Task<bool?> HasEndedAsync(Entry entry, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var call = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<bool>? asking = null;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            asking = probe.HasEndedAsync(entry.Session, wait, call.Token);
            return await asking.WaitAsync(wait > TimeSpan.Zero ? wait + Patience : PatienceOfTry, clock.TimeProvider, cancellationToken);
        }
        catch (Exception)
        {
            if (asking is { IsCompleted: false })
                LeaveToItself(asking, call);

            // Whatever it was, it is no end.
            return null;
        }
        finally
        {
            _open--;
        }
    }

    /// <summary>Nobody looks at its reply any more, so it need not go on.</summary>
    private static void LeaveToItself(Task asking, CancellationTokenSource call)
    {
        _ = asking.ContinueWith(
            static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            call.Cancel();
        }
        catch (AggregateException)
        {
            // What the probe makes of that is its own affair.
        }
    }

    private void OnReply(Entry entry, bool? hasEnded)
    {
        if (_isOver)
            return;
        switch (hasEnded)
        {
            case true:
                // That ends it. Where it does not, because this activation ends, to ask at once would be told the same.
                entry.RetryAt = clock.Elapsed + Backoff.Delay;
                _ = coordinator.ExecuteAsync(new LockCommand.EndSession(entry.Session));
                break;
            case false:
                (entry.FoundAliveAt, entry.Failures) = (clock.Elapsed, 0);
                break;
            default:
                entry.RetryAt = clock.Elapsed + Backoff.After(++entry.Failures, jitter: NearBound);
                break;
        }

        Wake();
    }

    /// <summary>Has the next step come soon, which sees to what has changed.</summary>
    private void Wake()
    {
        if (_isOver)
            return;
        NextDue = TimeSpan.Zero;
        coordinator.Pump();
    }

    /// <summary>Has those tries decided anew whose sessions were heard of, or whose time is over.</summary>
    private void DecideRefused(TimeSpan now)
    {
        for (var index = 0; index < _refused.Count;)
        {
            var (call, until, asks) = _refused[index];
            if (now < until && asks.Exists(static entry => entry.AskedAt is not null))
            {
                index++;
                continue;
            }

            _refused.RemoveAt(index);
            if (call.IsCompleted)
                continue;
            _asked.Add(call);
            coordinator.DecideAgain(call);
        }
    }

    private Entry Find(SessionRef session) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_entries, session, out _) ??= new Entry(session);

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private sealed class Entry(SessionRef session)
    {
        public SessionRef Session => session;

        /// <summary>When it was last found alive.</summary>
        public TimeSpan? FoundAliveAt { get; set; }

        /// <summary>Since when it is asked for its present state; null while it is not.</summary>
        public TimeSpan? AskedAt { get; set; }

        /// <summary>Ends the call that waits for its end; null while there is none.</summary>
        public CancellationTokenSource? Watching { get; set; }

        /// <summary>When it was last asked, in whatever way.</summary>
        public TimeSpan LastAskedAt { get; set; } = TimeSpan.MinValue;

        /// <summary>When it is asked again after trouble.</summary>
        public TimeSpan RetryAt { get; set; }

        public int Failures { get; set; }
    }

    private readonly record struct Refused(PendingCall Call, TimeSpan Until, List<Entry> Asks);
}
