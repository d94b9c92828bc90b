using LockGrains.Wire;
using Orleans.Serialization.Configuration;

[assembly: TypeManifestProvider(typeof(ModelManifest))]

namespace LockGrains.Wire;

/// <summary>
/// What Orleans reads from attributes elsewhere, of the models, which have none: their names on the wire, and that they never change. What is
/// sent in place of each is a record, too, since a record begins with a byte of its own.
/// </summary>
internal sealed class ModelManifest : TypeManifestProviderBase
{
    public override object Key => typeof(ModelManifest);

    protected override void ConfigureInner(TypeManifestOptions options)
    {
        Add<AcquireRequest>(options);
        Add<AcquireReply>(options);
        Add<AcquireStatus>(options);
        Add<LockMode>(options);
        Add<UpgradeRequest>(options);
        Add<DowngradeRequest>(options);
        Add<ChangeReply>(options);
        Add<ChangeStatus>(options);
        Add<LockValue>(options);
        Add<SetValueRequest>(options);
        Add<ValueReply>(options);
        Add<ValueStatus>(options);
        Add<LimitReply>(options);
        Add<LimitStatus>(options);
        Add<RenewReply>(options);
        Add<RenewStatus>(options);
        Add<ReleaseReply>(options);
        Add<ReleaseStatus>(options);
        Add<CancelReply>(options);
        Add<CancelStatus>(options);
        Add<VerifyReply>(options);
        Add<VerifyStatus>(options);
        Add<RevokeReply>(options);
        Add<RevokeStatus>(options);
        Add<LockInfo>(options);
        Add<HolderInfo>(options);
        Add<WaiterInfo>(options);
        Add<WaitObstacle>(options);
        Add<RecentEvent>(options);
        Add<RecentEventKind>(options);
        Add<WatchRequest>(options);
        Add<WatchReply>(options);
        Add<WatchStatus>(options);
        Add<LockListRequest>(options);
        Add<LockListState>(options);
        Add<LockListPage>(options);
        Add<LockSummary>(options);
        Add<Heartbeat>(options);
        Add<Beat>(options);
        Add<HeartbeatReply>(options);
        Add<BeatReply>(options);
        Add<BeatStatus>(options);
    }

    private static void Add<T>(TypeManifestOptions options)
    {
        options.WellKnownTypeAliases.Add($"lockgrains.{typeof(T).Name}", typeof(T));
        options.AddCopier(typeof(ModelCopier<T>));
    }
}
