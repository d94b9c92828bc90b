using System.Globalization;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary><c>tidy</c>: has the silos look for records of locks that nobody uses any more, and tells what they found.</summary>
internal static class TidyCommand
{
    private const string Path = "/tidy";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static async Task<int> RunAsync(bool json, CommandContext context, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(cancellationToken);
        var before = await ReadAsync();

        // Begun twice, it is looked through twice, and no more comes of that.
        var report = await CallAsync(new ApiRequest(Path, static _ => "{}"u8.ToArray()));

        // A pass that was under way may have gone by what is to be found now: the one after it counts.
        var wanted = before.Passes + (before.IsRunning ? 2 : 1);
        while (report.Passes < wanted || report.IsRunning)
        {
            if (report is { IsRunning: false, Problem: not null })
                break;
            await Task.Delay(Pause, timeProvider, cancellationToken);
            report = await ReadAsync();

            // The passes are counted in memory: a silo that was started anew counts from 0.
            if (report.Passes < before.Passes)
                throw new CliException(ExitCode.Unavailable, "the silo that looked through the storage has ended. Ask again.");
        }

        if (report.Problem is { } problem)
            throw new CliException(ExitCode.Unavailable, $"the tidy pass ended early: {problem}");
        context.Out.Write(json ? ToJson(report) : ToText(report));
        return ExitCode.Success;

        Task<TidyReportJson> ReadAsync() => CallAsync(new ApiRequest(Path));

        Task<TidyReportJson> CallAsync(ApiRequest request) => connection.Calls.CallAsync(request, JsonText.Default.TidyReportJson, cancellationToken);
    }

    private static string ToText(TidyReportJson report) => string.Create(CultureInfo.InvariantCulture, $"""
        lock records    {report.Records}
          in use        {report.InUse}
          left behind   {report.LeftBehind}
          unreadable    {report.Unreadable}
        looked through in {DurationText.About(TimeSpan.FromSeconds(report.ElapsedSeconds))}; those left behind are deleted within about {DurationText.Format(TimeSpan.FromSeconds(report.ForgetAfterSeconds))}

        """);

    private static string ToJson(TidyReportJson report) => JsonText.Write(
        new TidyJson(report.Records, report.InUse, report.LeftBehind, report.Unreadable, report.ElapsedSeconds, report.ForgetAfterSeconds),
        JsonText.Default.TidyJson);
}
