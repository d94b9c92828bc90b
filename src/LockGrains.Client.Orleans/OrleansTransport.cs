namespace LockGrains;

/// <summary>Reaches the locks of an Orleans cluster: each is a grain.</summary>
/// <param name="getLock">Finds the grain of a key.</param>
/// <param name="gateways">Tells of lost gateways; null in a silo, which has none to lose.</param>
/// <param name="batches">Where heartbeats go; null where they would save nothing.</param>
/// <param name="start">Lets calls wait until Orleans has started in this host; null where it has.</param>
/// <param name="getCensus">Finds the grain that lists locks; null for one that does not.</param>
/// <param name="getSession">Finds the grain of a session; null where there are none.</param>
internal sealed class OrleansTransport(
    Func<string, ILockGrain> getLock,
    GatewayWatch? gateways = null,
    IGrainFactory? batches = null,
    StartGate? start = null,
    Func<ILockCensusGrain>? getCensus = null,
    Func<string, ILockGrain>? getSession = null)
    : ILockTransport
{
    /// <summary>
    /// Batches go to so many grains in turn: so they spread over the gateways, and one that hangs is not in the way of all.
    /// </summary>
    private const uint Senders = 16;

    private uint _next;

    /// <summary>
    /// Orleans drops a message when its response time-out is over, the longest of which is an acquire's; twice that is long enough for
    /// a copy to be gone.
    /// </summary>
    public TimeSpan MessageLifetimeMax { get; } = AcquireCall.ResponseTimeout * 2;

    public bool SendsBatches => batches is not null;

    public bool CanList => getCensus is not null;

    public CancellationToken NextLoss => gateways?.NextLoss ?? CancellationToken.None;

    public IRemoteLock GetLock(string key) => new GrainLock(getLock(key));

    public IRemoteLock GetSession(string id) => new GrainLock(getSession?.Invoke(id) ?? throw new NotSupportedException("No sessions can be reached here."));

    public ValueTask<HeartbeatReply> BeatAsync(Heartbeat heartbeat) => batches!
        .GetGrain<IHeartbeatGrain>(Interlocked.Increment(ref _next) % Senders)
        .BeatAsync(heartbeat, CancellationToken.None);

    public ValueTask<LockListPage> ListAsync(LockListRequest request, CancellationToken cancellationToken) => getCensus!().ListAsync(request, cancellationToken);

    public ValueTask WhenReadyAsync(string key, TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        start?.WhenOpenAsync(key, timeout, timeProvider, cancellationToken) ?? ValueTask.CompletedTask;

    public ValueTask<bool> MayCallAsync(TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        gateways?.MayCallAsync(timeout, timeProvider, cancellationToken) ?? ValueTask.FromResult(true);
}
