using System.Globalization;
using System.Text;

namespace LockGrains.Chaos;

/// <summary>What a run found: a table, its special figures, the evidence of what was broken, and the last line.</summary>
internal sealed class Report(ChaosOptions options, ChaosRun run)
{
    private const int BrokenShown = 20;

    // The run on Redis, which has more faults, is the one that other documents name.
    private readonly string _suffix = options.Storage == StoreKind.Postgres ? "-postgres" : "";

    private IReadOnlyList<BrokenPromise> Broken => run.History.Judge.Broken;

    public async Task WriteAsync(TextWriter output)
    {
        // Once: the load may still be counted while this is written.
        var lastLine = LastLine();
        await output.WriteLineAsync(Table());
        foreach (var line in Figures().Append(Load()))
            await output.WriteLineAsync(line);
        foreach (var broken in Broken.Take(BrokenShown))
        {
            await output.WriteLineAsync($"VIOLATION {broken}");
            foreach (var evidence in broken.Evidence)
                await output.WriteLineAsync($"    {evidence}");
        }

        if (!run.IsWhole)
            await output.WriteLineAsync($"the run is not whole: it was cut short, too many faults could not be injected or healed, or a part of the load did nothing{(run.IdleLoads.Count > 0 ? $": {string.Join(", ", run.IdleLoads)}" : "")}");
        if (options.Out is { } folder)
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, $"CHAOS{_suffix.ToUpperInvariant()}.md"), Document(lastLine));
            await File.WriteAllTextAsync(Path.Combine(folder, $"chaos-recovery{_suffix}.svg"), RecoveryPlot.ToSvg(Kinds()));
        }

        await output.WriteLineAsync(lastLine);
    }

    private string Storage => options.Storage == StoreKind.Postgres ? "PostgreSQL" : "Redis";

    private string LastLine()
    {
        var recoveries = run.Outcomes.SelectMany(outcome => outcome.Recoveries).ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"faults {run.Outcomes.Count} ({Kinds().Count} kinds), operations {run.History.Operations}, violations {Broken.Count}, "
            + $"recovery p50 {Percentile.Of(recoveries, 50):0.00} s p99 {Percentile.Of(recoveries, 99):0.00} s max {recoveries.DefaultIfEmpty().Max():0.00} s");
    }

    private List<FaultKind> Kinds() => [.. run.Outcomes.GroupBy(outcome => outcome.Name).OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => new FaultKind(group.Key, [.. group]))];

    private string Table()
    {
        var table = new StringBuilder();
        table.AppendLine("| Fault | Injected | Operations | Violations | p50 s | p99 s | max s | after heal p50 s | Errors clients saw |");
        table.AppendLine("|---|--:|--:|--:|--:|--:|--:|--:|---|");
        foreach (var kind in Kinds())
        {
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {kind.Name} | {kind.Outcomes.Count} | {kind.Operations} | {kind.Violations} | {kind.P50:0.00} | {kind.P99:0.00} | {kind.Max:0.00} | {kind.AfterHeal:0.00} | {kind.Failures} |");
        }

        return table.ToString();
    }

    private IEnumerable<string> Figures()
    {
        var kinds = Kinds();
        if (kinds.Find(kind => kind.Name == "kill-owner") is { } kill)
            yield return Row("kill-owner: next grant of a key, s", kill.P50, kill.Max, kill.Outcomes.Count, FormattableString.Invariant($"p99 {kill.P99:0.00}, of {kill.Recoveries.Count} keys; targets: p50 4, p99 8"));
        if (kinds.Find(kind => kind.Name == "rolling-restart") is { } rolling)
        {
            yield return Row(
                "rolling-restart: longest stall of a key, s",
                rolling.P50,
                rolling.Max,
                rolling.Outcomes.Count,
                FormattableString.Invariant($"p99 {rolling.P99:0.00}, target 1; clients saw {rolling.FailureCount} errors, target 0"));
        }

        if (run.Outcomes is { Count: > 0 } outcomes)
        {
            yield return Row(
                "all faults: keys under sessions and of the leader granted after the heal, s",
                Percentile.Of([.. outcomes.Select(outcome => outcome.RecurringAfter)], 50),
                outcomes.Max(outcome => outcome.RecurringAfter),
                outcomes.Count,
                "");
        }

        if (run.History.Judge.Sessions.HandedOnAfter is { Count: > 0 } handedOn)
            yield return Row("sessions: a lock of one that did not release it was granted after, s", Percentile.Of(handedOn, 50), handedOn.Max(), handedOn.Count, "from its end as its client knew it; when nothing was in trouble");
        foreach (var group in run.Outcomes.SelectMany(outcome => outcome.Figures.Select(pair => (outcome.Name, pair.Key, pair.Value))).GroupBy(entry => (entry.Name, entry.Key)))
        {
            var values = group.Select(entry => entry.Value).ToList();
            yield return Row($"{group.Key.Name}: {group.Key.Key}", Percentile.Of(values, 50), values.Max(), values.Count, "");
        }
    }

    private static string Row(string figure, double median, double max, int count, string note) =>
        string.Create(CultureInfo.InvariantCulture, $"| {figure} | {median:0.00} | {max:0.00} | {count} | {note} |");

    private string Load() => string.Create(
        CultureInfo.InvariantCulture,
        $"Load: {run.CalmRate:0} operations/s before the first fault, {run.History.Operations / Math.Max(1, run.Elapsed):0} on average; {run.History.Judge.Grants} grants judged, {run.History.Judge.HttpGrants} of them over HTTP, "
        + $"{run.History.Judge.Sessions.Opened} sessions, {run.History.Judge.Watches.States} states that watchers were told, {run.History.Judge.Watches.Looks} looks whether they knew the latest, {run.History.Judge.Once.Editions} editions of run-once work");

    private string Document(string lastLine)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Chaos on {Storage}").AppendLine();
        text.AppendLine("`tests/LockGrains.Chaos` writes this page; do not edit it. [TESTING.md](TESTING.md) says what the program does.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"    {lastLine}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"- {run.Elapsed / 60:0} minutes, seed {options.Seed}, {Storage}, {options.Silos} shipped silos and one with clients in it, {Machine.Describe()}.");
        text.AppendLine(CultureInfo.InvariantCulture, $"- {Load()}.");
        text.AppendLine("- Recovery is measured for each hot key that the fault meets. It is the longest time without a grant, from the injection until all is well again.");
        text.AppendLine("- After heal is the time from the end of the fault until every hot key was granted.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"![Time to the next grant, by fault](chaos-recovery{_suffix}.svg)").AppendLine();
        text.Append(Table());
        if (run.LeftOut.Count > 0)
            text.AppendLine().AppendLine("Left out on this machine:").AppendLine();
        foreach (var (name, why) in run.LeftOut)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {name}: {why}");
        text.AppendLine().AppendLine("## What else was measured").AppendLine();
        text.AppendLine("*Spoiled* counts the commands that one injection met. *Killed* counts the connections that it closed.");
        text.AppendLine("*Applied* and *refused* count the late writes that Redis carried out, and those that met another ETag.").AppendLine();
        text.AppendLine("| Figure | p50 | max | Injected | |").AppendLine("|---|--:|--:|--:|---|");
        foreach (var row in Figures())
            text.AppendLine(row);
        text.AppendLine().AppendLine("## The faults").AppendLine().AppendLine("| Fault | What it does |").AppendLine("|---|---|");
        foreach (var fault in FaultCatalogue.For(options.Storage))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {fault.Name} | {fault.Describe}{(fault.Excuse == Excuse.Nothing ? "" : " Over the loss the judge excuses exclusion by time and order, but not tokens.")} |");
        return text.ToString();
    }
}
