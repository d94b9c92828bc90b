namespace LockGrains.Chaos;

/// <summary>
/// The record of one lock is replaced by what no silo can have written. That lock must refuse with an exception that says so, and grant
/// nothing; no other lock may notice. Deleted, as the handbook says, it must work again with a larger token.
/// </summary>
internal abstract class SpoiledRecordFault : Fault
{
    private VictimLock? _victim;
    private long _token;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var victim = new VictimLock(context.Cluster, $"victim-{context.Random.NextInt64():x}");
        _token = await victim.UseAsync(cancellationToken);
        _victim = victim;
        context.Began();
        await SpoilAsync(context, victim.Key);
        Judge(context, await victim.TryAsync(cancellationToken));
    }

    public override async Task HealAsync(FaultContext context, CancellationToken cancellationToken)
    {
        if (_victim is not { } victim)
            return;
        await context.Cluster.Store.DeleteRecordAsync(context.Cluster.Id, victim.Key);
        var token = await victim.UseAsync(cancellationToken);
        if (token <= _token)
            context.Cluster.History.Judge.Fail("tokens grow", $"{victim.Key} was granted with {_token}, and after {Name} with {token}");
    }

    protected abstract Task SpoilAsync(FaultContext context, string key);

    private void Judge(FaultContext context, (bool IsGranted, Exception? Thrown) outcome)
    {
        if (outcome is { IsGranted: false, Thrown: LockUnavailableException })
            return;
        var what = outcome.IsGranted ? "was granted" : outcome.Thrown is { } thrown ? $"threw {thrown.GetType().Name}: {thrown.Message}" : "was told to be busy";
        context.Cluster.History.Judge.Fail("spoiled record", $"{_victim!.Key} {what} under {Name}");
    }
}

internal sealed class PoisonRecordFault : SpoiledRecordFault
{
    public override string Name => "poison-record";

    public override string Describe => "Garbage replaces the record of a lock. That lock refuses, no other lock notices, and it works again once the record is deleted.";

    protected override Task SpoilAsync(FaultContext context, string key)
    {
        var garbage = new byte[context.Random.Next(0, 2000)];
        context.Random.NextBytes(garbage);
        return context.Cluster.Store.SpoilRecordAsync(context.Cluster.Id, key, garbage);
    }
}

internal sealed class MalformedRecordFault : SpoiledRecordFault
{
    public override StoreKind? Storage => StoreKind.Redis;

    public override string Name => "malformed-record";

    public override string Describe => "The hash of a lock's record has a field too many. That lock refuses, and works again once the record is deleted.";

    protected override async Task SpoilAsync(FaultContext context, string key) => await (await context.Cluster.Redis.GetDatabaseAsync())
        .HashSetAsync(RedisNode.RecordOf(context.Cluster.Id, key), [new("etag", "poison"), new("extra", "field")]);
}

internal sealed class WrongTypeRecordFault : SpoiledRecordFault
{
    public override StoreKind? Storage => StoreKind.Redis;

    public override string Name => "wrong-type-record";

    public override string Describe => "A string replaces the record of a lock. That lock refuses, and works again once the record is deleted.";

    protected override async Task SpoilAsync(FaultContext context, string key) => await (await context.Cluster.Redis.GetDatabaseAsync())
        .StringSetAsync(RedisNode.RecordOf(context.Cluster.Id, key), "not a hash");
}
