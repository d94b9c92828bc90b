using Orleans.TestingHost;
using Xunit;

namespace LockGrains.Docs.Tests.Examples;

public sealed class CounterTests
{
    [Fact]
    public async Task Lock_InATestCluster_LetsOneInAtATime()
    {
        var builder = new InProcessTestClusterBuilder(initialSilosCount: 1);
        builder.ConfigureSilo((_, silo) => silo.AddLockGrains().AddLockGrainsMemoryStorage());
        await using var cluster = builder.Build();
        await cluster.DeployAsync();
        await using var locks = LockClient.Create(cluster.Client);

        var counter = 0;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            await using var handle = await locks.AcquireAsync("counter");
            var read = counter;
            await Task.Yield();
            counter = read + 1;
        }));

        Assert.Equal(20, counter);
    }
}
