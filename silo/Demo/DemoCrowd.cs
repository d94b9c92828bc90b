using System.Diagnostics;

namespace LockGrains.Silo.Demo;

/// <summary>
/// Starts the programs of the demo, kills one now and then, starts another in its place, and tells what happens. The programs end with it, however it ends.
/// </summary>
internal sealed class DemoCrowd(SiloSettings settings, Action<string> tell, TimeProvider time) : BackgroundService
{
    private static readonly string[] Names = ["ada", "bob", "cleo", "dan", "eve"];
    private static readonly TimeSpan KillPeriod = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Absence = TimeSpan.FromSeconds(4);

    private readonly Lock _guard = new();
    private readonly Dictionary<string, Process> _running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var locks = LockClient.Create(new HttpLockClientOptions { Servers = [settings.HttpUrl] }, new LockClientOptions());
        try
        {
            await Task.WhenAll(
                [KillAsync(stoppingToken), .. Names.Select(name => KeepAsync(name, stoppingToken)), .. DemoKeys.All.Select(key => TellAsync(locks, key, stoppingToken))]);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    /// <summary>What starts such a program: this one, however it was started itself.</summary>
    private static ProcessStartInfo MakeCommand(string name, string url)
    {
        var self = Environment.ProcessPath!;
        string[] program = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [typeof(DemoCrowd).Assembly.Location] : [];
        return new ProcessStartInfo(self, [.. program, DemoProgram.Argument, name, url]) { RedirectStandardInput = true, RedirectStandardError = true };
    }

    private async Task KeepAsync(string name, CancellationToken stopping)
    {
        while (true)
        {
            using var process = Process.Start(MakeCommand(name, settings.HttpUrl))!;
            var trouble = process.StandardError.ReadToEndAsync(CancellationToken.None);
            lock (_guard)
                _running[name] = process;
            try
            {
                await process.WaitForExitAsync(stopping);
            }
            finally
            {
                lock (_guard)
                    _running.Remove(name);
                if (!process.HasExited)
                    process.Kill();
            }

            Say($"{name} {Describe(process.ExitCode, await trouble)}, and comes again soon");
            await Task.Delay(Absence, time, stopping);
        }
    }

    // Killed programs say nothing.
    private static string Describe(int exitCode, string trouble) => exitCode == 0 ? "has finished"
        : trouble.Split('\n', 2)[0].Trim() is { Length: > 0 } line ? $"has failed ({line})"
        : "has gone";

    private async Task KillAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(KillPeriod, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            lock (_guard)
            {
                if (_running.Count == 0)
                    continue;
                var (name, process) = _running.ElementAt(Random.Shared.Next(_running.Count));
                process.Kill();
                Say($"{name} was killed (kill -9): what it held is free when its lease of {DemoProgram.Lease.TotalSeconds:0} s has run out");
            }
        }
    }

    private async Task TellAsync(LockClient locks, string key, CancellationToken stopping)
    {
        var story = new DemoStory(key);
        await foreach (var info in locks.WatchAsync(key, stopping))
        {
            foreach (var line in story.Tell(info))
                Say(line);
        }
    }

    private void Say(string line) => tell($"{time.GetLocalNow():HH:mm:ss}  {line}");
}
