using System.Globalization;
using LockGrains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// Start a silo (dotnet run --project silo). Then start this program in several shells, each with a name of its own:
// dotnet run --project samples/Leader -- anna 20
// One of them leads. End it with Ctrl+C or kill it, pause or kill the silo, and see who goes on.
var name = args.Length > 0 ? args[0] : $"process {Environment.ProcessId}";
var steps = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;

var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Critical);
builder.UseOrleansClient(client => client.UseLocalhostClustering(serviceId: "lockgrains", clusterId: "lockgrains"));
builder.Services.AddLockGrainsClient(options => options.Lease = TimeSpan.FromSeconds(10));
builder.Services.AddHostedService(services => new Candidate(
    name, steps, services.GetRequiredService<ILockClient>(), services.GetRequiredService<IHostApplicationLifetime>()));
await builder.Build().RunAsync();

/// <summary>Waits to lead; leads while its lock is safe; ends when its steps are done or its host stops.</summary>
internal sealed class Candidate(string name, int steps, ILockClient locks, IHostApplicationLifetime host) : BackgroundService
{
    private int _terms;
    private int _done;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (_done < steps && !host.ApplicationStopping.IsCancellationRequested)
                await CampaignAsync(stoppingToken);
            host.StopApplication();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It was told to stop while it waited.
        }
    }

    private async Task CampaignAsync(CancellationToken stoppingToken)
    {
        var waiting = new AcquireOptions { OwnerId = name, Progress = new WaitReport(this) };
        await using var handle = await locks.AcquireAsync("leader", options: waiting, cancellationToken: stoppingToken);
        Say($"leads{(_terms++ > 0 ? " again" : "")} with token {handle.FencingToken}");
        try
        {
            // The token tells early: a third of the lease is left for the work to end before another can lead.
            // It tells, too, when this host begins to stop, which is before the stopping token is cancelled.
            await WorkAsync(handle.AtRiskToken);
            Say("has done its work");
        }
        catch (OperationCanceledException) when (handle.AtRiskToken.IsCancellationRequested)
        {
            var reason = host.ApplicationStopping.IsCancellationRequested ? "it was told to"
                : handle.HandleLostToken.IsCancellationRequested ? "the lock is lost" : "the lock is at risk";
            Say($"stops its work: {reason}");
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        for (; _done < steps; _done++)
        {
            Say($"works on step {_done + 1}");
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
        }
    }

    private void Say(string text) => Console.WriteLine($"{name}: {text}");

    private sealed class WaitReport(Candidate candidate) : IProgress<WaitProgress>
    {
        public void Report(WaitProgress value) => candidate.Say($"waits in place {value.Place} of {value.QueueLength}");
    }
}
