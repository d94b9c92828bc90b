using LockGrains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Error);
builder.UseOrleans(silo => silo
    .UseLocalhostClustering()
    .UseLockGrainsDefaults()         // takes over within seconds when a silo crashes
    .AddLockGrains()
    .AddLockGrainsMemoryStorage());  // to try it out; Redis, PostgreSQL or SQLite keep locks
builder.Services.AddLockGrainsClient();
using var host = builder.Build();
await host.StartAsync();

var locks = host.Services.GetRequiredService<ILockClient>();
await using (var handle = await locks.AcquireAsync("nightly-report"))
{
    // Held here, and renewed in the background. If this process dies, the lease ends by itself.
    Console.WriteLine($"I hold {handle.Key}.");

    // A try does not wait: the lock is held, though by this same process.
    await using var other = await locks.TryAcquireAsync("nightly-report");
    Console.WriteLine(other is null ? "Nobody else gets it." : "Two holders!");
}

await using (var next = await locks.AcquireAsync("nightly-report"))
    Console.WriteLine("It is free again, and mine.");

await host.StopAsync();
