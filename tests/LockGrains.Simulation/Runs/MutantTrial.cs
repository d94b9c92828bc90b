using System.Globalization;

namespace LockGrains.Simulation;

/// <summary>Takes the protections away one by one, and runs worlds without each until a promise is broken: what the judge is worth.</summary>
internal sealed class MutantTrial(TextWriter output, CommandLine line)
{
    private const ulong SeedsMax = 6000;
    private const ulong ControlSeeds = 100;

    private readonly Lock _gate = new();
    private readonly Queue<Mutation> _mutations = new(Mutation.All);
    private int _caught;

    /// <summary>Tries all.</summary>
    /// <returns>Whether each was caught, and nothing where nothing was taken away.</returns>
    public bool Run()
    {
        if (Catch(mutation: null, ControlSeeds) is { } wrong)
        {
            output.WriteLine($"The copy of Core with no mutation on breaks a promise: seed {wrong.Options.Seed}, {wrong.Violation!.Rule}: {wrong.Violation.What}");
            return false;
        }

        var threads = Enumerable.Range(0, line.Parallel ?? Environment.ProcessorCount).Select(_ => new Thread(TrySome)).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        output.WriteLine($"mutants caught {_caught} of {Mutation.All.Count}");
        return _caught == Mutation.All.Count;
    }

    private static WorldRun? Catch(Mutation? mutation, ulong seeds)
    {
        var line = new CommandLine { Set = mutation?.Worlds ?? [] };
        for (var seed = 1UL; seed <= seeds; seed++)
        {
            var run = WorldRun.Of(line.OptionsOf(seed), mutation);
            if (run.Violation is not null)
                return run;
        }

        return null;
    }

    private void TrySome()
    {
        while (true)
        {
            Mutation? mutation;
            lock (_gate)
            {
                if (!_mutations.TryDequeue(out mutation))
                    return;
            }

            var run = Catch(mutation, SeedsMax);
            lock (_gate)
                Tell(mutation, run);
        }
    }

    private void Tell(Mutation mutation, WorldRun? run)
    {
        _caught += run is null ? 0 : 1;
        var outcome = run is null ? "NOT CAUGHT" : string.Create(CultureInfo.InvariantCulture, $"world {run.Options.Seed,4}: {run.Violation!.Rule}");
        output.WriteLine($"{mutation.Name,-26} {outcome,-40} {mutation.Description}");
    }
}
