using System.Globalization;
using System.Text;

namespace LockGrains.Benchmarks;

/// <summary>The tables, plots and bars as a page.</summary>
internal static class Report
{
    private const string PlotFolder = "performance";

    // From this heading on the page is written by hand, and kept.
    private const string ByHand = "## Where the time goes";

    public static async Task WriteAsync(string folder, IReadOnlyList<string> machine, CompareOptions options, IReadOnlyList<CaseResult> results)
    {
        Directory.CreateDirectory(Path.Combine(folder, PlotFolder));
        var page = new StringBuilder().AppendLine("# Performance").AppendLine();
        page.AppendLine("This page compares LockGrains with raw Redis, and each storage with its own raw operation. Both sides run in one run on one machine, in alternating rounds. Each figure is the median of its rounds. What is called max is the largest, and what was overtaken is a sum. Only the ratios travel to other machines.").AppendLine();
        foreach (var line in machine)
            page.Append("- ").AppendLine(line);
        page.AppendLine(CultureInfo.InvariantCulture, $"- Run: {(options.Quick ? "--quick, " : "")}{options.Rounds} rounds of {options.Round.TotalSeconds:0.#} s.").AppendLine();
        page.AppendLine("Run it again. It starts Redis and silos itself, on free ports, and ends them:").AppendLine();
        page.AppendLine("```").AppendLine("dotnet run -c Release --project tests/LockGrains.Benchmarks -- compare --out docs   # 32 minutes; --quick: 5");
        page.AppendLine("dotnet run -c Release --project tests/LockGrains.Benchmarks -- crash");
        page.AppendLine("dotnet run -c Release --project tests/LockGrains.Benchmarks -- forget keys --storage redis   # or orphans, soak; redis, postgres, sqlite");
        page.AppendLine("dotnet run -c Release --project tests/LockGrains.Benchmarks -- --filter '*'").AppendLine("```").AppendLine();
        WriteBars(page, results);
        foreach (var result in results)
            await WriteCaseAsync(page, folder, result);
        var path = Path.Combine(folder, "PERFORMANCE.md");
        await File.WriteAllTextAsync(path, $"{page.ToString().TrimEnd()}\n{await ReadHandWrittenAsync(path)}");
    }

    private static async Task<string> ReadHandWrittenAsync(string path)
    {
        var old = File.Exists(path) ? await File.ReadAllTextAsync(path) : "";
        var start = old.IndexOf(ByHand, StringComparison.Ordinal);
        return start < 0 ? "" : $"\n{old[start..]}";
    }

    private static void WriteBars(StringBuilder page, IReadOnlyList<CaseResult> results)
    {
        page.AppendLine("## Targets").AppendLine().AppendLine("| | Measured | Target | |").AppendLine("|---|--:|--:|---|");
        foreach (var bar in results.SelectMany(result => result.Bars))
            page.AppendLine(CultureInfo.InvariantCulture, $"| {bar.Name} | {bar.FigureText} | {bar.TargetText} | {bar.Verdict} |");
        page.AppendLine();
    }

    private static async Task WriteCaseAsync(StringBuilder page, string folder, CaseResult result)
    {
        page.AppendLine(CultureInfo.InvariantCulture, $"## {result.Title}").AppendLine();
        foreach (var table in result.Tables)
            page.AppendLine(table.Title).AppendLine().AppendLine(table.ToMarkdown());
        foreach (var (plot, index) in result.Plots.Select((plot, index) => (plot, index)))
        {
            var name = $"{result.Letter}{(index == 0 ? "" : index + 1)}.svg";
            await File.WriteAllTextAsync(Path.Combine(folder, PlotFolder, name), plot.ToSvg());
            page.AppendLine(CultureInfo.InvariantCulture, $"![{plot.Title}]({PlotFolder}/{name})").AppendLine();
        }

        foreach (var note in result.Notes)
            page.Append("- ").AppendLine(note);
        if (result.Notes.Count > 0)
            page.AppendLine();
    }
}
