using LockGrains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// Start a silo (dotnet run --project silo). Then start this program in several shells, each with a name of its own:
// dotnet run --project samples/Leader -- anna
// One of them leads. End it with Ctrl+C or kill it, pause or kill the silo, and see who goes on.
var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Critical).AddFilter("LockGrains.ElectedService", LogLevel.Information).AddSimpleConsole(console => console.SingleLine = true);
builder.UseOrleansClient(client => client.UseLocalhostClustering(serviceId: "lockgrains", clusterId: "lockgrains"));
builder.Services.AddLockGrainsClient(options => (options.OwnerId, options.Lease) = (args.FirstOrDefault("anna"), TimeSpan.FromSeconds(10)));
builder.Services.AddElectedHostedService<Scheduler>("scheduler");
await builder.Build().RunAsync();

/// <summary>Runs where it leads. Each leadership has a new one.</summary>
internal sealed class Scheduler(LeadershipContext context) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (name, token) = (context.Leadership.Handle.OwnerId, context.Leadership.FencingToken);
        try
        {
            for (var step = 1; ; step++)
            {
                Console.WriteLine($"{name} works on step {step}, with token {token}");
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stoppingToken);
            }
        }
        finally
        {
            Console.WriteLine($"{name} has ended its work");
        }
    }
}
