using LockGrains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

var builder = Host.CreateApplicationBuilder(args);
var redis = builder.Configuration["Redis"] ?? "localhost:6379";
builder.UseOrleansClient(client => client
    .Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = ("orders", "orders")) // as the silos
    .UseRedisClustering(redis));        // the client finds the silos there
builder.Services.AddLockGrainsClient(options => options.Lease = TimeSpan.FromSeconds(15));
using var host = builder.Build();
await host.StartAsync();

var locks = host.Services.GetRequiredService<ILockClient>();
await using (var handle = await locks.AcquireAsync("nightly-report", wait: TimeSpan.FromMinutes(1)))
    Console.WriteLine($"Held, with token {handle.FencingToken}.");

await host.StopAsync();
