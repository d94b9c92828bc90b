using System.Collections.Immutable;
using System.Reflection;

namespace LockGrains.AspNetCore.Tests.Harness;

/// <summary>A cluster whose every reply is the same: none, or that nobody knows.</summary>
public static class LostLocks
{
    /// <summary>What a failure says that no client is to read.</summary>
    public const string Secret = "Host=db;Password=secret";

    /// <summary>Every call throws.</summary>
    public static IGrainFactory Throwing() => LostFactory.Make(new Lock(throws: true));

    /// <summary>Every reply is one that says nothing.</summary>
    public static IGrainFactory Unknowing() => LostFactory.Make(new Lock(throws: false));

    private sealed class Lock(bool throws) : ILockGrain, IHeartbeatGrain, ILockCensusGrain
    {
        public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken) => Reply<AcquireReply>();

        public ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken) => Reply<RenewReply>();

        public ValueTask<ImmutableArray<BeatReply>> BeatAsync(ImmutableArray<Guid> leaseIds, CancellationToken cancellationToken) => throw new InvalidOperationException(Secret);

        public ValueTask<ReleaseReply> ReleaseAsync(Guid leaseId, CancellationToken cancellationToken) => Reply<ReleaseReply>();

        public ValueTask<CancelReply> CancelAsync(Guid leaseId, CancellationToken cancellationToken) => Reply<CancelReply>();

        public ValueTask<AcquireReply> UpgradeAsync(UpgradeRequest request, CancellationToken cancellationToken) => Reply<AcquireReply>();

        public ValueTask<ChangeReply> CancelUpgradeAsync(Guid leaseId, int change, CancellationToken cancellationToken) => Reply<ChangeReply>();

        public ValueTask<ChangeReply> DowngradeAsync(DowngradeRequest request, CancellationToken cancellationToken) => Reply<ChangeReply>();

        public ValueTask<ValueReply> SetValueAsync(SetValueRequest request, CancellationToken cancellationToken) => Reply<ValueReply>();

        public ValueTask<ValueReply> GetValueAsync(CancellationToken cancellationToken) => Reply<ValueReply>();

        public ValueTask<LimitReply> SetLimitAsync(int? limit, long ifVersion, CancellationToken cancellationToken) => Reply<LimitReply>();

        public ValueTask<VerifyReply> VerifyAsync(Guid leaseId, CancellationToken cancellationToken) => Reply<VerifyReply>();

        public ValueTask<RevokeReply> RevokeAsync(long fencingToken, CancellationToken cancellationToken) => Reply<RevokeReply>();

        public ValueTask<LockInfo> GetInfoAsync(CancellationToken cancellationToken) => Reply<LockInfo>();

        public ValueTask<WatchReply> WatchAsync(WatchRequest request, CancellationToken cancellationToken) => Reply<WatchReply>();

        public ValueTask<HeartbeatReply> BeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken) => throw new TimeoutException(Secret);

        public ValueTask<LockListPage> ListAsync(LockListRequest request, CancellationToken cancellationToken) => throw new TimeoutException(Secret);

        private ValueTask<T> Reply<T>()
            where T : new() => throws ? throw new TimeoutException(Secret) : ValueTask.FromResult(new T());
    }
}

/// <summary>Finds the one grain that there is, whatever is looked for.</summary>
public class LostFactory : DispatchProxy
{
    private object _grain = null!;

    internal static IGrainFactory Make(object grain)
    {
        var factory = Create<IGrainFactory, LostFactory>();
        ((LostFactory)(object)factory)._grain = grain;
        return factory;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _grain;
}
