using LockGrains.TestKit;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>One coordinator of the key, with a connection of its own to the records. Every call runs the scheduler until it is quiet.</summary>
internal sealed class Activation
{
    private static long _identity;

    private readonly DeterministicScheduler _scheduler;
    private readonly LockCoordinator _coordinator;

    public Activation(DeterministicScheduler scheduler, SteppedTimeProvider time, InMemoryLockStore store, LockPolicy policy, ForgettingPace? pace = null, ISessionProbe? sessions = null)
    {
        _scheduler = scheduler;
        Store = store;
        Observer = new RecordingObserver(scheduler);
        _coordinator = scheduler.Run(() => new LockCoordinator(store, time, policy, Observer, pace, Interlocked.Increment(ref _identity), sessions));
    }

    public LockCoordinator Coordinator => _coordinator;

    public InMemoryLockStore Store { get; }

    public RecordingObserver Observer { get; }

    public int HeadWrites => Store.Writes(RecordName.Lock);

    public int HeadLoads => Store.Loads(RecordName.Lock);

    public LockState State => ResultOf(StartRead());

    public IEnumerable<LeaseId> Holders => State.Holders.Select(lease => lease.LeaseId);

    /// <summary>A hold that there must be.</summary>
    public Lease Hold(LeaseId leaseId) => State.FindHolder(leaseId) ?? throw new InvalidOperationException($"{leaseId} does not hold the lock.");

    public Call Acquire(
        LeaseId leaseId, TimeSpan? wait = null, bool renews = true, TimeSpan? lease = null, TimeSpan? slice = null, TimeSpan? beats = null,
        CancellationToken cancellationToken = default) =>
        Execute(
            new LockCommand.Acquire(new LockRequest(leaseId, "somebody", LockMode.Exclusive, lease ?? Times.Sec(30), renews), wait ?? Times.Forever, slice, beats),
            cancellationToken);

    /// <summary>Asks to hold it beside others. Its lease is long, so that a story in which time passes is about something else.</summary>
    public Call Share(LeaseId leaseId, int permits = 1, int limit = 0, TimeSpan? wait = null, TimeSpan? beats = null) =>
        Ask(leaseId, LockMode.Shared, permits, limit, wait, beats);

    public Call ShareToUpgrade(LeaseId leaseId) => Ask(leaseId, LockMode.Upgradeable);

    public Call Ask(LeaseId leaseId, LockMode mode, int permits = 1, int limit = 0, TimeSpan? wait = null, TimeSpan? beats = null) => Execute(new LockCommand.Acquire(
        new LockRequest(leaseId, "somebody", mode, Times.Sec(3600), Renews: false) { Permits = permits, Limit = limit }, wait ?? Times.Forever, Beats: beats));

    public Call Upgrade(LeaseId leaseId, int change, TimeSpan? wait = null, TimeSpan? beats = null, CancellationToken cancellationToken = default) =>
        Execute(new LockCommand.Upgrade(leaseId, change, wait ?? Times.Sec(60), Beats: beats), cancellationToken);

    public Call CancelUpgrade(LeaseId leaseId, int change) => Execute(new LockCommand.CancelUpgrade(leaseId, change));

    public Call Downgrade(LeaseId leaseId, int change, LockMode mode = LockMode.Shared, int permits = 1) =>
        Execute(new LockCommand.Downgrade(leaseId, change, mode, permits));

    /// <summary>A heartbeat of a client that has these requests.</summary>
    public Call Beat(params LeaseId[] leaseIds) => Execute(new LockCommand.Beat([.. leaseIds]));

    /// <summary>Asks to hold it under a session, with the long lease that such a hold has.</summary>
    public Call Under(LeaseId leaseId, SessionRef session, TimeSpan? wait = null, LockMode mode = LockMode.Exclusive, TimeSpan? beats = null, CancellationToken cancellationToken = default) => Execute(
        new LockCommand.Acquire(new LockRequest(leaseId, "somebody", mode, Times.Sec(600), Renews: true) { Session = session }, wait ?? Times.Forever, Beats: beats), cancellationToken);

    public EndCall AwaitEnd(FencingToken token, TimeSpan wait = default, CancellationToken cancellationToken = default) =>
        new(_scheduler.Run(() => _coordinator.AwaitEndAsync(token, wait, cancellationToken)));

    public Call Try(LeaseId leaseId) => Acquire(leaseId, wait: TimeSpan.Zero);

    public Call Renew(LeaseId leaseId) => Execute(new LockCommand.Renew(leaseId));

    public Call Release(LeaseId leaseId) => Execute(new LockCommand.Release(leaseId));

    public Call Cancel(LeaseId leaseId) => Execute(new LockCommand.Cancel(leaseId));

    public Call Verify(LeaseId leaseId) => Execute(new LockCommand.Verify(leaseId));

    public Call Revoke(FencingToken token = default) => Execute(new LockCommand.Revoke(token));

    public Task<LockState?> StartRead() => _scheduler.Run(() => _coordinator.ReadAsync());

    /// <summary>Whether it says that it cannot say.</summary>
    public bool CannotRead => StartRead() is { IsCompletedSuccessfully: true } read && read.GetAwaiter().GetResult() is null;

    public static LockState ResultOf(Task<LockState?> read)
    {
        Assert.True(read.IsCompletedSuccessfully, $"The read is {read.Status}.");
        return read.GetAwaiter().GetResult() ?? throw new InvalidOperationException("The coordinator cannot say.");
    }

    /// <summary>Watches the key, from what an earlier reply has said.</summary>
    public WatchCall Watch(string? cursor = null, TimeSpan? slice = null, CancellationToken cancellationToken = default) =>
        new(_scheduler.Run(() => _coordinator.WatchAsync(cursor, slice, cancellationToken)));

    /// <summary>What it shows of the key.</summary>
    public LockInfo ReadInfo() => _scheduler.Run(() => _coordinator.ReadInfoAsync()) is { IsCompletedSuccessfully: true } read
        ? read.GetAwaiter().GetResult()
        : throw new InvalidOperationException("The read has no answer.");

    public Task Stop() => _scheduler.Run(() => _coordinator.StopAsync());

    /// <summary>Its process dies: it may still believe what it likes, but nothing of it reaches the records any more.</summary>
    public void Kill() => Store.Cut();

    public Call Execute(LockCommand command, CancellationToken cancellationToken = default) => new(
        TaskScheduler.Current == _scheduler
            ? _coordinator.ExecuteAsync(command, cancellationToken)
            : _scheduler.Run(() => _coordinator.ExecuteAsync(command, cancellationToken)));
}
