using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Clients;

/// <summary>Two silos that know nothing of each other, by mistake in one list of servers: a lock of one is none of the other, and the client never takes it for that.</summary>
public sealed class TwoSilosTests : IAsyncLifetime
{
    private readonly string _key = ApiClient.NewKey("two");
    private ApiHost _first = null!;
    private ApiHost _second = null!;
    private LockClient _client = null!;

    public async Task InitializeAsync()
    {
        (_first, _second) = (await ApiHost.StartAsync(), await ApiHost.StartAsync());
        _client = LockClient.Create(
            new HttpLockClientOptions { Servers = [_first.Address.ToString(), _second.Address.ToString()] },
            new LockClientOptions { UnavailableTimeout = TimeSpan.FromSeconds(1) });
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Acquire_FirstSiloIsKilled_IsRefusedWithBothStores_AndNotGrantedByTheSecond()
    {
        var handle = await _client.AcquireAsync(_key);
        await _first.DisposeAsync();

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(async () => await _client.AcquireAsync(_key));

        var mismatch = Assert.IsType<LockStoreMismatchException>(exception.InnerException);
        Assert.Equal((AddressOf(_second), AddressOf(_first)), (mismatch.Server, mismatch.ExpectedServer));
        Assert.Equal((await _second.Services.FindStoreAsync(CancellationToken.None), true), (mismatch.Store, mismatch.ExpectedStore?.Length == 32));
        Assert.NotEqual(mismatch.Store, mismatch.ExpectedStore);

        // Nobody has said that it is over, and so it is held for as long as its lease says.
        handle.ThrowIfLost();
        var atSecond = await _second.Api.GetAsync("/lock", _key);
        Assert.Equal((false, 0), (atSecond.Body.GetProperty("held").GetBoolean(), atSecond.Body.GetProperty("lastFencingToken").GetInt64()));
    }

    [Fact]
    public async Task Acquire_WhileBothLive_StaysWithTheFirst()
    {
        await using var handle = await _client.AcquireAsync(_key);

        Assert.True((await _first.Api.GetAsync("/lock", _key)).Body.GetProperty("held").GetBoolean());
        Assert.False((await _second.Api.GetAsync("/lock", _key)).Body.GetProperty("held").GetBoolean());
    }

    private static string AddressOf(ApiHost host) => host.Address.ToString().TrimEnd('/');
}
