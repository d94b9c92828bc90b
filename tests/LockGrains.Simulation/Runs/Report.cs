using System.Globalization;

namespace LockGrains.Simulation;

/// <summary>Says what came of it, to people.</summary>
internal sealed class Report(TextWriter output, Mutation? mutation)
{
    /// <summary>How many failing worlds are told at length; the rest most likely fail for the same reasons.</summary>
    public const int FailuresMax = 3;

    private const int LinesMax = 150;

    public void WriteTimeline(WorldRun run, int linesMax = int.MaxValue)
    {
        var skipped = Math.Max(0, run.Timeline.Count - linesMax);
        if (skipped > 0)
            output.WriteLine($"        ... {skipped} lines before");
        foreach (var text in run.Timeline.Skip(skipped))
            output.WriteLine(text);
    }

    public void WriteOutcome(WorldRun run)
    {
        output.WriteLine($"options: {run.Options}");
        output.WriteLine($"replay:  {run.Options.ReplayCommand(mutation?.Name)}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"seed {run.Options.Seed}, events {run.Events}, simulated {Timeline.Time(run.Ticks)}, digest {run.Digest:x16}, {Verdict(run)}"));
    }

    /// <summary>A world in which a promise was broken: shrunken first, if wanted, to something that can be read.</summary>
    public void WriteFailure(WorldRun run, bool shrinks)
    {
        output.WriteLine($"seed {run.Options.Seed}: {Verdict(run)}");
        output.WriteLine($"replay:  {run.Options.ReplayCommand(mutation?.Name)}");
        var small = shrinks ? new Shrinker(run, mutation).Shrink() : run.Options;
        var told = WorldRun.Of(small, mutation, isTold: true);
        if (shrinks)
            output.WriteLine("shrunken to:");
        WriteTimeline(told, LinesMax);
        WriteOutcome(told);
        output.WriteLine();
    }

    public void WriteSummary(SeedSweep sweep)
    {
        WriteCoverage(sweep.Coverage);
        foreach (var rule in sweep.Failures.GroupBy(run => run.Violation!.Rule))
            output.WriteLine($"broken: {rule.Key} in {rule.Count()} worlds, e.g. {string.Join(", ", rule.Take(5).Select(run => run.Options.Seed))}");
        var perSecond = sweep.Events / Math.Max(sweep.Elapsed.TotalSeconds, 0.001);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{perSecond:0} lock events/s on {sweep.Threads} threads, {sweep.Elapsed.TotalSeconds:0.0} s"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"seeds {sweep.Seeds}, events {sweep.Events}, simulated {Span(sweep.Ticks)}, violations {sweep.Failures.Count}"));
    }

    private static string Verdict(WorldRun run) =>
        run.Violation is { } violation ? $"VIOLATION {violation.Rule} at {Timeline.Time(violation.At)}: {violation.What}" : "no violation";

    private static string Span(long ticks)
    {
        var span = new TimeSpan(ticks);
        return span.TotalDays >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0.0} days")
            : string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.0} h");
    }

    private void WriteCoverage(Coverage coverage)
    {
        const int columns = 3;
        foreach (var row in Enum.GetValues<Mark>().Chunk(columns))
            output.WriteLine(string.Concat(row.Select(mark => string.Create(CultureInfo.InvariantCulture, $"{mark,-28}{coverage[mark],10}   "))).TrimEnd());
        if (coverage.Never().ToArray() is { Length: > 0 } never)
            output.WriteLine($"never happened: {string.Join(", ", never)}");
    }
}
