namespace LockGrains.Chaos;

/// <summary>A wall clock that is set while its process runs; its monotonic clock goes on.</summary>
internal abstract class ClockFault : Fault
{
    protected abstract double Seconds(Random random);

    protected abstract FakeClock? Choose(ChaosCluster cluster);

    public override string? FindObstacle(ChaosCluster cluster) => FakeClock.Obstacle;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var seconds = Seconds(context.Random);
        context.Note(FormattableString.Invariant($"by {seconds:0} s"));
        context.Began();
        Choose(context.Cluster)!.Set(seconds);
        await FaultContext.LastAsync(context.Between(3, 5), cancellationToken);
    }

    public override Task HealAsync(FaultContext context, CancellationToken cancellationToken)
    {
        Choose(context.Cluster)!.Set(0);

        // Else the next fault begins under this one: a key whose record it deletes has tokens of the wrong time.
        return FaultContext.LastAsync(FakeClock.ReadEvery * 1.5, cancellationToken);
    }
}

internal sealed class SiloClockForwardFault : ClockFault
{
    public override string Name => "silo-clock-forward";

    public override string Describe => "A silo's wall clock jumps ahead by up to an hour, and back 3 to 5 s later.";

    protected override FakeClock? Choose(ChaosCluster cluster) => cluster.SiloClock;

    protected override double Seconds(Random random) => random.Next(2) == 0 ? random.Next(2, 10) : random.Next(60, 3600);
}

internal sealed class SiloClockBackFault : ClockFault
{
    public override string Name => "silo-clock-back";

    public override string Describe => "A silo's wall clock jumps back by up to an hour, and ahead 3 to 5 s later.";

    protected override FakeClock? Choose(ChaosCluster cluster) => cluster.SiloClock;

    protected override double Seconds(Random random) => -(random.Next(2) == 0 ? random.Next(2, 10) : random.Next(60, 3600));
}

internal sealed class ClientClockFault : ClockFault
{
    public override string Name => "client-clock-jump";

    public override string Describe => "The wall clock of a client process jumps by up to an hour in either direction, and back.";

    protected override FakeClock? Choose(ChaosCluster cluster) => cluster.WorkerClock;

    protected override double Seconds(Random random) => random.Next(-3600, 3600);
}
