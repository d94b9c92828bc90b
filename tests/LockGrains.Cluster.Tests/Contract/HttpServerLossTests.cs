namespace LockGrains.Cluster.Tests;

/// <summary>One of two servers of a cluster ends, while locks are held and waited for through it.</summary>
[Collection(HttpCollection.Name)]
public sealed class HttpServerLossTests(HttpFixture fixture) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _key = LockCluster.NewKey("server");
    private HttpServers _servers = null!;
    private LockClient _client = null!;

    public async Task InitializeAsync()
    {
        _servers = await HttpServers.StartAsync(fixture.Cluster);
        _client = _servers.ConnectTo(0, new LockClientOptions());
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _servers.DisposeAsync();
    }

    [Fact]
    public async Task Handle_ItsServerEnds_IsCurrentThroughTheNext()
    {
        await using var handle = await _client.AcquireAsync(_key, Patience);

        await _servers.EndAsync(0);

        Assert.True(await handle.VerifyAsync());
        Assert.Equal(ReleaseOutcome.Released, await handle.ReleaseAsync());
    }

    [Fact]
    public async Task Wait_ItsServerEnds_KeepsItsPlaceAndIsGrantedThroughTheNext()
    {
        await using var other = _servers.ConnectTo(1, new LockClientOptions());
        var holder = await other.AcquireAsync(_key, Patience);
        var place = new PlaceWatch();
        var waiting = _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place }).AsTask();
        Assert.Equal(1, await place.FirstAsync());

        await _servers.StopAsync(0);
        Assert.Equal(1, (await other.GetInfoAsync(_key)).QueueLength);
        await holder.ReleaseAsync();

        await using var handle = await waiting.WaitAsync(Patience);
        Assert.True(handle.FencingToken > holder.FencingToken);
    }

    [Fact]
    public async Task Wait_ItsServerEndsAtOnce_IsGrantedThroughTheNext()
    {
        await using var other = _servers.ConnectTo(1, new LockClientOptions());
        var holder = await other.AcquireAsync(_key, Patience);
        var place = new PlaceWatch();
        var waiting = _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place }).AsTask();
        Assert.Equal(1, await place.FirstAsync());

        await _servers.EndAsync(0);
        await holder.ReleaseAsync();

        await using var handle = await waiting.WaitAsync(Patience);
        Assert.True(handle.FencingToken > holder.FencingToken);
    }
}
