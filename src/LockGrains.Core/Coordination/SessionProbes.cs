using System.Runtime.InteropServices;

namespace LockGrains.Core;

/// <summary>
/// Asks after the sessions that a key is held under. While somebody waits, one call for each of them waits for its end. A try that would be
/// refused waits for a moment, unless they were found alive a short while ago. While nobody wants the lock nobody is asked. Trouble is no end:
/// then the leases of the holds end by themselves.
/// </summary>
internal sealed class SessionProbes(LockCoordinator coordinator, ISessionProbe probe, ActivationClock clock, LockPolicy policy)
{
    /// <summary>How many sessions are asked after at a time: a lock that thousands share must not flood the cluster.</summary>
    public const int OpenMax = 256;

    /// <summary>The longest that one call waits for the end of a session. A reply that was lost is missed for so long.</summary>
    public static readonly TimeSpan Slice = TimeSpan.FromSeconds(20);

    /// <summary>The longest that a try waits for word of the sessions.</summary>
    public static readonly TimeSpan TryMax = TimeSpan.FromSeconds(1);

    // Core has no chance of its own: each delay is the longest of its kind.
    private const double NearBound = 0.999;

    private static readonly RetryBackoff Backoff = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(10));

    private readonly Dictionary<SessionRef, Entry> _entries = [];
    private readonly List<Refused> _refused = [];

    // Tries that have waited once: their next reply is their last.
    private readonly HashSet<PendingCall> _asked = [];
    private int _open;
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
        if (state.Next is null && _entries.Count == 0 && _refused.Count == 0)
            return;
        DecideRefused(now);
        Forget(state);
        if (state.Next is null)
            StopWatching();
        foreach (var refused in _refused)
            NextDue = Min(NextDue, refused.Until);
        if (state.Next is not null)
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
        var asks = new List<Entry>();
        foreach (var lease in state.Holders)
        {
            if (lease.Request.Session is not { } session)
                continue;
            var entry = Find(session);
            if (!IsDoubted(entry, now))
                continue;
            asks.Add(entry);
            Ask(entry, now);
        }

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
        if (entry.AskedAt is { } askedAt)
            return now - askedAt < TryMax;
        return entry.RetryAt <= now && _open < OpenMax;
    }

    private void Watch(LockState state, TimeSpan now)
    {
        List<Entry>? begun = null;
        foreach (var lease in state.Holders)
        {
            if (lease.Request.Session is not { } session || Find(session) is not { Watching: null } entry)
                continue;
            if (entry.RetryAt > now)
                NextDue = Min(NextDue, entry.RetryAt);
            else if (_open + (begun?.Count ?? 0) < OpenMax)
                (begun ??= []).Add(entry);
        }

        foreach (var entry in begun ?? [])
        {
            // Several holds may be under one session.
            if (entry.Watching is null)
                _ = WatchAsync(entry, entry.Watching = new CancellationTokenSource());
        }
    }

    private void StopWatching()
    {
        foreach (var entry in _entries.Values)
            entry.Watching?.Cancel();
    }

    /// <summary>Forgets the sessions that nothing is held under any more.</summary>
    private void Forget(LockState state)
    {
        if (_entries.Count == 0)
            return;
        var held = state.Holders.Select(static lease => lease.Request.Session).OfType<SessionRef>().ToHashSet();
        foreach (var (session, entry) in _entries.ToArray())
        {
            if (held.Contains(session))
                continue;
            entry.Watching?.Cancel();
            _entries.Remove(session);
        }
    }

    private void Ask(Entry entry, TimeSpan now)
    {
        if (entry.AskedAt is not null)
            return;
        entry.AskedAt = now;
        _ = AskAsync(entry);
    }

    private async Task AskAsync(Entry entry)
    {
        var hasEnded = await HasEndedAsync(entry, TimeSpan.Zero, CancellationToken.None);
        entry.AskedAt = null;
        OnReply(entry, hasEnded);
    }

    private async Task WatchAsync(Entry entry, CancellationTokenSource end)
    {
        var beganAt = clock.Elapsed;
        var hasEnded = await HasEndedAsync(entry, Slice, end.Token);
        entry.Watching = null;

        // A probe that says "alive" at once, though it was to wait, must not make us spin.
        if (hasEnded == false)
            entry.RetryAt = beganAt + Backoff.Delay;
        if (hasEnded is null && end.IsCancellationRequested)
            Wake();
        else
            OnReply(entry, hasEnded);
    }

    /// <summary>Asks once; null when nobody can say.</summary>
    private async Task<bool?> HasEndedAsync(Entry entry, TimeSpan wait, CancellationToken cancellationToken)
    {
        _open++;
        try
        {
            return await probe.HasEndedAsync(entry.Session, wait, cancellationToken);
        }
        catch (Exception)
        {
            // Whatever it was, it is no end.
            return null;
        }
        finally
        {
            _open--;
        }
    }

    private void OnReply(Entry entry, bool? hasEnded)
    {
        if (_isOver)
            return;
        switch (hasEnded)
        {
            case true:
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

        /// <summary>When it is asked again after trouble.</summary>
        public TimeSpan RetryAt { get; set; }

        public int Failures { get; set; }
    }

    private readonly record struct Refused(PendingCall Call, TimeSpan Until, List<Entry> Asks);
}
