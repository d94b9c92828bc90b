using System.Reflection;

namespace LockGrains.Simulation;

/// <summary>The program: runs what the command line asks for, and says with its exit code whether every promise was kept.</summary>
public static class Simulator
{
    private const int Kept = 0;
    private const int Broken = 1;
    private const int Misused = 2;

    /// <summary>Runs it.</summary>
    /// <param name="arguments">The command line.</param>
    /// <returns>0 when all promises were kept (or every mutant was caught), 1 when not, 2 for arguments that make no sense.</returns>
    public static int Run(string[] arguments)
    {
        try
        {
            var line = CommandLine.Parse(arguments);
            if (line.Mutant is not null && !Mutation.IsCoreMutable)
                return MutantHost.Run(arguments);
            var mutation = line.Mutant is null or "all" ? null : Mutation.Find(line.Mutant);
            if (line.Mutant == "all")
                return new MutantTrial(Console.Out, line).Run() ? Kept : Broken;
            if (mutation is not null && line.Set.Count == 0)
                line = line with { Set = mutation.Worlds };
            return line.Seed is { } seed ? Replay(line, seed, mutation) : Sweep(line, mutation);
        }
        catch (FormatException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine(CommandLine.Usage);
            return Misused;
        }
        catch (TargetInvocationException exception)
        {
            Console.Error.WriteLine(exception.InnerException);
            return Misused;
        }
    }

    private static int Replay(CommandLine line, ulong seed, Mutation? mutation)
    {
        var run = WorldRun.Of(line.OptionsOf(seed), mutation, isTold: true);
        var report = new Report(Console.Out, mutation);
        report.WriteTimeline(run);
        report.WriteOutcome(run);
        return run.Violation is null ? Kept : Broken;
    }

    private static int Sweep(CommandLine line, Mutation? mutation)
    {
        var sweep = new SeedSweep(line, mutation);
        sweep.Run();
        var report = new Report(Console.Out, mutation);
        foreach (var run in sweep.Failures.Take(Report.FailuresMax))
            report.WriteFailure(run, line.Shrinks);
        report.WriteSummary(sweep);
        return sweep.Failures.Count == 0 ? Kept : Broken;
    }
}
