using System.Collections.Immutable;
using LockGrains.Core;
using Orleans.Concurrency;
using Orleans.Placement;

namespace LockGrains;

/// <summary>
/// One key's lock as a grain: turns calls into commands and replies into wire types, and gives the coordinator its storage, clock and
/// end. It knows no rule about locks.
/// </summary>
/// <remarks>
/// Reentrant, because calls wait inside it, and the coordinator is the one writer. Not moved while it lives: a move would only break
/// the calls that wait. Placed on the silo that asks first, which spares a co-hosted client a hop.
/// </remarks>
[GrainType(TypeName)]
[Reentrant]
[Immovable]
[PreferLocalPlacement]
internal partial class LockGrain : Grain, ILockGrain, ILockActivation
{
    public const string TypeName = "lockgrains.lock";

    private readonly LockGrainHost _host;
    private string? _badKey;
    private string _key = "";
    private LockCoordinator _coordinator = null!;
    private LockGrainObserver _observer = null!;
    private TaskScheduler _scheduler = null!;

    public LockGrain(LockGrainHost host) => _host = host;

    string ILockActivation.Key => _key;

    /// <summary>The key space that it serves.</summary>
    protected virtual LockSpace Space => LockSpace.Lock;

    protected LockCoordinator Coordinator => _coordinator;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = this.GetPrimaryKeyString();
        _badKey = LockKey.FindProblem(_key);
        _scheduler = TaskScheduler.Current;
        _observer = new LockGrainObserver(_host, _key, OnQuarantined, OnLeased, DeactivateOnIdle);
        _coordinator = _host.CreateCoordinator(Space, _key, _observer);
        _host.Add(this);
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _host.Remove(this);
        await _coordinator.StopAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _observer.OnOver();
    }

    public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ExecuteAsync(WireReplies.ToCommand(request), WireReplies.ToAcquireReply, cancellationToken);
    }

    public virtual ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken = default) =>
        ExecuteAsync(new LockCommand.Renew(new LeaseId(leaseId)), WireReplies.ToRenewReply, cancellationToken);

    public ValueTask<ImmutableArray<BeatReply>> BeatAsync(ImmutableArray<Guid> leaseIds, CancellationToken cancellationToken = default)
    {
        if (leaseIds.IsDefaultOrEmpty || leaseIds.Length > Heartbeat.BeatsMax)
            throw new ArgumentException($"A heartbeat must name 1 to {Heartbeat.BeatsMax} requests.", nameof(leaseIds));
        return ExecuteAsync(WireReplies.ToCommand(leaseIds), answer => WireReplies.ToBeatReplies(answer, leaseIds.Length), cancellationToken);
    }

    public ValueTask<ReleaseReply> ReleaseAsync(Guid leaseId, CancellationToken cancellationToken = default) =>
        ExecuteAsync(new LockCommand.Release(new LeaseId(leaseId)), WireReplies.ToReleaseReply, cancellationToken);

    public ValueTask<CancelReply> CancelAsync(Guid leaseId, CancellationToken cancellationToken = default) =>
        ExecuteAsync(new LockCommand.Cancel(new LeaseId(leaseId)), WireReplies.ToCancelReply, cancellationToken);

    public ValueTask<AcquireReply> UpgradeAsync(UpgradeRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ExecuteAsync(WireReplies.ToCommand(request), WireReplies.ToAcquireReply, cancellationToken);
    }

    public ValueTask<ChangeReply> CancelUpgradeAsync(Guid leaseId, int change, CancellationToken cancellationToken = default) =>
        ExecuteAsync(new LockCommand.CancelUpgrade(new LeaseId(leaseId), change), WireReplies.ToChangeReply, cancellationToken);

    public ValueTask<ChangeReply> DowngradeAsync(DowngradeRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ExecuteAsync(WireReplies.ToCommand(request), WireReplies.ToChangeReply, cancellationToken);
    }

    public ValueTask<ValueReply> SetValueAsync(SetValueRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(request.Value);
        return ExecuteAsync(WireReplies.ToCommand(request), ReadValue, cancellationToken);
    }

    public ValueTask<ValueReply> GetValueAsync(CancellationToken cancellationToken = default) =>
        ExecuteAsync(LockCommand.ReadValue.Instance, ReadValue, cancellationToken);

    public ValueTask<LimitReply> SetLimitAsync(int? limit, long ifVersion, CancellationToken cancellationToken = default) =>
        ExecuteAsync(WireReplies.ToCommand(limit, ifVersion), WireReplies.ToLimitReply, cancellationToken);

    public async ValueTask<VerifyReply> VerifyAsync(Guid leaseId, CancellationToken cancellationToken = default)
    {
        var answer = await ExecuteAsync(new LockCommand.Verify(new LeaseId(leaseId)), static answer => answer, cancellationToken);
        return WireReplies.ToVerifyReply(answer, _coordinator.LastToken);
    }

    public ValueTask<RevokeReply> RevokeAsync(long fencingToken = 0, CancellationToken cancellationToken = default) =>
        ExecuteAsync(new LockCommand.Revoke(new FencingToken(fencingToken)), WireReplies.ToRevokeReply, cancellationToken);

    public async ValueTask<LockInfo> GetInfoAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfBadKey();
        if (MakeWayIfStopping() is { } detail)
            return WireReplies.UnknownInfo(detail);
        return (await _coordinator.ReadInfoAsync(cancellationToken)) with { Silo = _host.SiloName };
    }

    public async ValueTask<WatchReply> WatchAsync(WatchRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ThrowIfBadKey();
        if (MakeWayIfStopping() is { } detail)
            return WireReplies.UnknownWatch(detail);
        var reply = await _coordinator.WatchAsync(request.Cursor, request.Slice, cancellationToken);
        return reply.Info is { } info ? reply with { Info = info with { Silo = _host.SiloName } } : reply;
    }

    // A session is no lock that anybody asks for by its key.
    LockSummary? ILockActivation.Summarize(LockListState which) => Space == LockSpace.Lock ? _coordinator.Summarize(_key, which) : null;

    /// <summary>Ends this activation from outside: answers those who wait, so that it can end at once, and the next one takes over.</summary>
    public Task StopAsync() => Task.Factory.StartNew(
        async () =>
        {
            await _coordinator.StopAsync();
            DeactivateOnIdle();
        },
        CancellationToken.None,
        TaskCreationOptions.DenyChildAttach,
        _scheduler).Unwrap();

    private ValueTask<T> ExecuteAsync<T>(LockCommand command, Func<LockAnswer, T> read, CancellationToken cancellationToken)
    {
        ThrowIfBadKey();
        if (MakeWayIfStopping() is { } detail)
            return ValueTask.FromResult(read(LockAnswer.Unknown(detail)));
        return new ValueTask<T>(LockGrainTracing.HasListeners
            ? LockGrainTracing.TraceAsync(_coordinator, _key, command, read, cancellationToken)
            : _coordinator.ExecuteAsync(command, read, cancellationToken));
    }

    private ValueReply ReadValue(LockAnswer answer) => WireReplies.ToValueReply(answer, _coordinator.Now.UnixMilliseconds);

    /// <summary>Activated again on a silo that is going away: lets the call find a silo that stays.</summary>
    protected string? MakeWayIfStopping()
    {
        if (!_host.IsStopping)
            return null;
        DeactivateOnIdle();
        return "This silo is stopping; another one will know.";
    }

    protected void ThrowIfBadKey()
    {
        if (_badKey is null)
            return;
        DeactivateOnIdle();
        throw new ArgumentException(_badKey, "key");
    }

    private void OnQuarantined()
    {
        DeactivateOnIdle();
        _host.RepeatReleases(this.AsReference<ILockGrain>(), _coordinator.UnwrittenReleases);
    }

    // Orleans collects activations that nobody calls; a lease longer than that must still end on time.
    private void OnLeased(TimeSpan term) => DelayDeactivation(term + TimeSpan.FromMinutes(1));
}
