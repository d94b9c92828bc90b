namespace LockGrains.Chaos;

/// <summary>
/// The record of a hot key is lost or goes back in time, while silos serve it. Its holder is forgotten, so two may hold for a while: that
/// is excused. Tokens must grow all the same, which the resource judges, and the key must be granted again.
/// </summary>
internal abstract class LostRecordFault : Fault
{
    public override Excuse Excuse => Excuse.LostRecords;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var key = context.Pick(context.Cluster.HotKeys);
        context.Affect([key]);
        context.Note(key);
        await LoseAsync(context, key, cancellationToken);
    }

    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken) =>
        context.WhenRecoveredAsync(GrantBound, cancellationToken);

    protected static ChaosException NoRecord(string key) => new($"there is no record of {key}");

    protected abstract Task LoseAsync(FaultContext context, string key, CancellationToken cancellationToken);
}

internal sealed class RecordDeletedFault : LostRecordFault
{
    public override string Name => "record-deleted";

    public override string Describe => "The record of a hot key is deleted.";

    protected override async Task LoseAsync(FaultContext context, string key, CancellationToken cancellationToken)
    {
        context.Began();
        if (!await context.Cluster.Store.DeleteRecordAsync(context.Cluster.Id, key))
            throw NoRecord(key);
    }
}

internal sealed class RecordExpiredFault : LostRecordFault
{
    public override StoreKind? Storage => StoreKind.Redis;

    public override string Name => "record-expired";

    public override string Describe => "PEXPIRE of the record of a hot key. The record is gone 300 ms later, although silos go on writing it.";

    protected override async Task LoseAsync(FaultContext context, string key, CancellationToken cancellationToken)
    {
        var expiry = TimeSpan.FromMilliseconds(300);
        var database = await context.Cluster.Redis.GetDatabaseAsync();
        if (!await database.KeyExpireAsync(RedisNode.RecordOf(context.Cluster.Id, key), expiry))
            throw NoRecord(key);
        context.Began();
        await FaultContext.LastAsync(expiry, cancellationToken);
    }
}

internal sealed class RecordRolledBackFault : LostRecordFault
{
    public override string Name => "record-rolled-back";

    public override string Describe => "The record of a hot key becomes what it was 1 to 3 s ago.";

    // It comes back with a holder and waiters that are long gone; their leases and windows have to run out.
    public override TimeSpan GrantBound => TimeSpan.FromSeconds(60);

    public override double Share => 0.3;

    protected override async Task LoseAsync(FaultContext context, string key, CancellationToken cancellationToken)
    {
        var putBack = await context.Cluster.Store.CopyRecordAsync(context.Cluster.Id, key) ?? throw NoRecord(key);
        await FaultContext.LastAsync(context.Between(1, 3), cancellationToken);
        context.Began();
        await putBack();
    }
}
