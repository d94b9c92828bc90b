namespace LockGrains.Simulation;

/// <summary>One world, run to its end.</summary>
internal sealed record WorldRun
{
    public required WorldOptions Options { get; init; }

    public required Violation? Violation { get; init; }

    public required long Events { get; init; }

    public required long Ticks { get; init; }

    public required int Faults { get; init; }

    public required ulong Digest { get; init; }

    public required Coverage Coverage { get; init; }

    public required IReadOnlyList<string> Timeline { get; init; }

    public static WorldRun Of(WorldOptions options, Mutation? mutation = null, bool isTold = false)
    {
        // A context of the caller's, a test framework's for instance, would carry every await off to its own threads.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Mutation.Activate(mutation);
            var world = new World(options, MutantSet.Of(mutation), isTold);
            world.Run();
            return Of(world);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private static WorldRun Of(World world) => new()
    {
        Options = world.Options,
        Violation = world.Judge.Violation,
        Events = world.Judge.Events,
        Ticks = world.Loop.Now,
        Faults = world.Faults.Count,
        Digest = world.Judge.Digest,
        Coverage = world.Coverage,
        Timeline = world.Timeline?.Lines ?? [],
    };
}
