using LockGrains.AspNetCore.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LockGrains.Cluster.Tests;

/// <summary>Locks in the silos' memory, which the clients of the contracts reach over HTTP, through a host that is a client of the cluster.</summary>
public sealed class HttpFixture : ContractFixture
{
    private WebApplication? _host;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _host = await StartHostAsync();
    }

    /// <summary>A server of its own, on the same cluster.</summary>
    public async Task<WebApplication> StartHostAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IGrainFactory>(Cluster.Grains);
        builder.Services.AddSingleton<IAccess>(new Everybody());
        builder.Services.AddLockGrainsHttp();
        var host = builder.Build();
        host.MapLockGrainsApi();
        await host.StartAsync();
        return host;
    }

    public override async Task DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        await base.DisposeAsync();
    }

    public override LockClient NewClient() => Connect(_host!);

    /// <summary>A client of some servers.</summary>
    public static LockClient Connect(params WebApplication[] hosts) =>
        LockClient.Create(new HttpLockClientOptions { Servers = [.. hosts.Select(AddressOf)] }, ClientOptions);

    protected override Task<LockClusterSettings?> DescribeAsync() => Task.FromResult<LockClusterSettings?>(new LockClusterSettings());

    private static string AddressOf(WebApplication host) => host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    private sealed class Everybody : IAccess
    {
        public AccessDecision Decide(HttpContext context, AccessVerb verb, string key) => new(AccessOutcome.Allowed, "everybody");

        public AccessDecision DecideAnywhere(HttpContext context, AccessVerb verb) => new(AccessOutcome.Allowed, "everybody");
    }
}

[CollectionDefinition(Name)]
public sealed class HttpCollection : ICollectionFixture<HttpFixture>
{
    public const string Name = "HTTP";
}

[Collection(HttpCollection.Name)]
public sealed class HttpLockClientTests(HttpFixture fixture) : LockClientContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpKeyValueTests(HttpFixture fixture) : KeyValueContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpLockGroupTests(HttpFixture fixture) : LockGroupContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpRunOnceTests(HttpFixture fixture) : RunOnceContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpSessionTests(HttpFixture fixture) : SessionContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpWatchTests(HttpFixture fixture) : WatchContract(fixture);

/// <summary>One of two servers of a cluster ends, while locks are held and waited for through it.</summary>
[Collection(HttpCollection.Name)]
public sealed class HttpServerLossTests(HttpFixture fixture) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _key = LockCluster.NewKey("server");
    private WebApplication _first = null!;
    private WebApplication _second = null!;
    private LockClient _client = null!;

    public async Task InitializeAsync()
    {
        (_first, _second) = (await fixture.StartHostAsync(), await fixture.StartHostAsync());
        _client = HttpFixture.Connect(_first, _second);
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Handle_ItsServerEnds_IsCurrentThroughTheNext()
    {
        await using var handle = await _client.AcquireAsync(_key, Patience);

        await _first.DisposeAsync();

        Assert.True(await handle.VerifyAsync());
        Assert.Equal(ReleaseOutcome.Released, await handle.ReleaseAsync());
    }

    [Fact]
    public async Task Wait_ItsServerEnds_KeepsItsPlaceAndIsGrantedThroughTheNext()
    {
        await using var other = HttpFixture.Connect(_second);
        var holder = await other.AcquireAsync(_key, Patience);
        var place = new PlaceWatch();
        var waiting = _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place }).AsTask();
        Assert.Equal(1, await place.FirstAsync());

        await _first.StopAsync();
        Assert.Equal(1, (await other.GetInfoAsync(_key)).QueueLength);
        await holder.ReleaseAsync();

        await using var handle = await waiting.WaitAsync(Patience);
        Assert.True(handle.FencingToken > holder.FencingToken);
    }
}
