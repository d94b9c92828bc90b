using LockGrains.Docs.Tests.Examples;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using Xunit;

namespace LockGrains.Docs.Tests;

/// <summary>The examples do what the documents say of them.</summary>
public sealed class ExampleTests : IAsyncLifetime
{
    private readonly ReportStore _store = new();
    private InProcessTestCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(initialSilosCount: 1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddLockGrains().AddLockGrainsMemoryStorage();
            silo.Services.AddLockGrainsClient();
            silo.Services.AddSingleton<IReportStore>(_store);
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task TimedTry_FreeLock_HasIt()
    {
        await using var locks = LockClient.Create(_cluster.Client);
        Assert.True(await TimedTry.RunAsync(locks));
    }

    [Fact]
    public async Task LedgerGrain_ManyAtOnce_PostEach()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(index => _cluster.Client.GetGrain<ILedgerGrain>($"ledger-{index}").PostAsync($"entry {index}")));
        Assert.Equal(10, _store.Reports.Count);
    }

    [Fact]
    public async Task InvoiceGrain_FreeLock_Sends()
    {
        Assert.True(await _cluster.Client.GetGrain<IInvoiceGrain>("invoice").SendAsync());
        Assert.Equal(["invoice"], _store.Reports);
    }
}
