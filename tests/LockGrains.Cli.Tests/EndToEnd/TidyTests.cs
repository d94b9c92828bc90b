using System.Globalization;
using LockGrains.Cli.Connecting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary><c>lockgrains tidy</c> beside a server whose passes a test tells: begun by others, and lost with their silo.</summary>
public sealed class TidyTests : IAsyncDisposable
{
    private readonly Queue<string> _reports = [];
    private WebApplication? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    /// <param name="reports">The reply to a read, to the call that begins a pass, and to each read after that: "5T" is pass 5, which runs.</param>
    [Theory]
    [InlineData("5F", "6T", "6T", "6F")]
    [InlineData("5T", "5T", "5T", "6T", "6F")]
    [InlineData("5T", "6T", "6F")]
    public async Task Tidy_WaitsForThePassThatBeganAfterIt(params string[] reports)
    {
        var tidy = await StartAsync(reports);

        await tidy.ExpectExitAsync(ExitCode.Success);

        Assert.Matches("^lock records +6$", tidy.Out[0]);
        Assert.Empty(_reports);
    }

    [Theory]
    [InlineData("5T", "5T", "0F")]
    [InlineData("0F", "1T", "0F")]
    [InlineData("5T", "5T", "5F")]
    public async Task Tidy_PassThatWasLostWithItsSilo_IsTold(params string[] reports)
    {
        var tidy = await StartAsync(reports);

        await tidy.ExpectExitAsync(ExitCode.Unavailable);

        Assert.Contains("the silo that looked through the storage has ended", Assert.Single(tidy.Error), StringComparison.Ordinal);
    }

    private async Task<TestProcess> StartAsync(string[] reports)
    {
        foreach (var report in reports)
            _reports.Enqueue(report);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.Urls.Add("http://127.0.0.1:0");
        _server.Map("/v1/tidy", Reply);
        await _server.StartAsync();
        return Programs.StartCliWith([(ConnectionArguments.TokenVariable, "")], "tidy", "--server", _server.Urls.Single());
    }

    private IResult Reply()
    {
        var report = _reports.Dequeue();
        var passes = int.Parse(report[..^1], CultureInfo.InvariantCulture);
        return Results.Json(new { passes, isRunning = report[^1] == 'T', records = passes, inUse = 0, leftBehind = 0, unreadable = 0, elapsedSeconds = 1, forgetAfterSeconds = 180 });
    }
}
