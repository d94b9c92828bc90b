using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

var builder = Host.CreateApplicationBuilder(args);
var redis = builder.Configuration["Redis"] ?? "localhost:6379";
builder.UseOrleans(silo => silo
    .Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = ("orders", "orders"))
    .ConfigureEndpoints(siloPort: 11111, gatewayPort: 30000)
    .UseRedisClustering(redis)          // the silos find each other there
    .UseLockGrainsDefaults()
    .AddLockGrains()
    .AddLockGrainsRedisStorage(redis)); // the locks are there
builder.Services.AddLockGrainsClient(); // ILockClient for everything in this host, grains included
await builder.Build().RunAsync();
