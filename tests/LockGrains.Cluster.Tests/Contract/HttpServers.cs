using LockGrains.AspNetCore.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LockGrains.Cluster.Tests;

/// <summary>The servers of a cluster: one for each silo, as if it were in its host.</summary>
public sealed class HttpServers : IAsyncDisposable
{
    private readonly WebApplication[] _hosts;
    private int _clients;

    private HttpServers(WebApplication[] hosts) => _hosts = hosts;

    public static async Task<HttpServers> StartAsync(LockCluster cluster) =>
        new(await Task.WhenAll(cluster.SiloServices.Select(StartAsync)));

    /// <summary>A client of all of them. Each client begins with another one.</summary>
    public LockClient Connect(LockClientOptions options)
    {
        var first = Interlocked.Increment(ref _clients);
        return LockClient.Create(
            new HttpLockClientOptions { Servers = [.. Enumerable.Range(0, _hosts.Length).Select(index => AddressOf(_hosts[(first + index) % _hosts.Length]))] }, options);
    }

    /// <summary>A client that begins with one of them, and has the others in their order.</summary>
    public LockClient ConnectTo(int first, LockClientOptions options) => LockClient.Create(
        new HttpLockClientOptions { Servers = [.. Enumerable.Range(first, _hosts.Length - first).Select(index => AddressOf(_hosts[index]))] }, options);

    /// <summary>Ends one as a signal would: it says what it can, and takes no more.</summary>
    public Task StopAsync(int index) => _hosts[index].StopAsync();

    /// <summary>Ends one at once.</summary>
    public ValueTask EndAsync(int index) => _hosts[index].DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
    }

    private static async Task<WebApplication> StartAsync(IServiceProvider silo)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(silo.GetRequiredService<IGrainFactory>());
        builder.Services.AddSingleton(silo.GetRequiredService<ILockStoreProvider>());
        builder.Services.AddSingleton<IAccess>(new Everybody());
        builder.Services.AddLockGrainsHttp();
        var host = builder.Build();
        host.MapLockGrainsApi();
        await host.StartAsync();
        return host;
    }

    private static string AddressOf(WebApplication host) => host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    private sealed class Everybody : IAccess
    {
        public AccessDecision Decide(HttpContext context, AccessVerb verb, string key) => new(AccessOutcome.Allowed, "everybody");

        public AccessDecision DecidePrefix(HttpContext context, AccessVerb verb, string prefix) => new(AccessOutcome.Allowed, "everybody");

        public AccessDecision DecideAnywhere(HttpContext context, AccessVerb verb) => new(AccessOutcome.Allowed, "everybody");

        public AccessDecision Decide(HttpContext context, AccessVerb verb, string key, out Func<string, bool> isAllowed)
        {
            isAllowed = static _ => true;
            return new(AccessOutcome.Allowed, "everybody");
        }

        public AccessValidity GetValidity(HttpContext context) => new(CancellationToken.None);
    }
}
