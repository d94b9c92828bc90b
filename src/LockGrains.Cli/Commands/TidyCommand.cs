using System.Globalization;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary><c>tidy</c>: has the silos look for records of locks that nobody uses any more, and tells what they found.</summary>
internal static class TidyCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static async Task<int> RunAsync(bool json, CommandContext context, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(cancellationToken);
        var tidy = connection.Grains.GetGrain<ITidyGrain>(0);
        var before = await tidy.GetReportAsync();
        await tidy.StartAsync();
        var report = await tidy.GetReportAsync();

        // A pass that was under way may have gone by what is to be found now: the one after it counts.
        var wanted = before.Passes + (before.IsRunning ? 2 : 1);
        while (report.Passes < wanted || report.IsRunning)
        {
            if (report is { IsRunning: false, Problem: not null })
                break;
            await Task.Delay(Pause, timeProvider, cancellationToken);
            report = await tidy.GetReportAsync();
        }

        if (report.Problem is { } problem)
            throw new CliException(ExitCode.Unavailable, $"the tidy pass ended early: {problem}");
        context.Out.Write(json ? ToJson(report) : ToText(report));
        return ExitCode.Success;
    }

    private static string ToText(TidyReport report) => string.Create(CultureInfo.InvariantCulture, $"""
        lock records    {report.Records}
          in use        {report.InUse}
          left behind   {report.LeftBehind}
          unreadable    {report.Unreadable}
        looked through in {DurationText.About(report.Elapsed)}; those left behind are deleted within about {DurationText.Format(report.ForgetAfter)}

        """);

    private static string ToJson(TidyReport report) => JsonText.Write(
        new TidyJson(report.Records, report.InUse, report.LeftBehind, report.Unreadable, report.Elapsed.TotalSeconds, report.ForgetAfter.TotalSeconds),
        JsonText.Members.TidyJson);
}
