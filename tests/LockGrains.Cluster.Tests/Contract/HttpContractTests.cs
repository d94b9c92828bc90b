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

    private string Address => _host!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IGrainFactory>(Cluster.Grains);
        builder.Services.AddSingleton<IAccess>(new Everybody());
        builder.Services.AddLockGrainsHttp();
        _host = builder.Build();
        _host.MapLockGrainsApi();
        await _host.StartAsync();
    }

    public override async Task DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        await base.DisposeAsync();
    }

    public override LockClient NewClient() => LockClient.Create(new HttpLockClientOptions { Servers = [Address] }, ClientOptions);

    protected override Task<LockClusterSettings?> DescribeAsync() => Task.FromResult<LockClusterSettings?>(new LockClusterSettings());

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
