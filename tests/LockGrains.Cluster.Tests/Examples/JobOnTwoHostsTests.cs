namespace LockGrains.Cluster.Tests;

/// <summary>A job that cron starts on two hosts, whose clocks differ a little.</summary>
public sealed class JobOnTwoHostsTests
{
    private readonly string _key = LockCluster.NewKey("job");

    [Fact]
    public async Task HoldFor_JobTakesNoTime_RunsOnOneHost()
    {
        await using var cluster = await LockCluster.StartAsync(new LockClusterSettings());
        await using var first = NewHost(cluster);
        await using var second = NewHost(cluster);
        var options = new AcquireOptions { HoldFor = TimeSpan.FromSeconds(60) };
        var runs = 0;
        foreach (var host in new[] { first, second })
        {
            await using var handle = await host.TryAcquireAsync(_key, options: options);
            if (handle is not null)
                runs++;
        }

        Assert.Equal(1, runs);
        var info = await second.GetInfoAsync(_key);
        Assert.NotNull(info.Holder);
    }

    [Fact]
    public async Task MaxHold_JobHangsAndIsRenewed_TheOtherHostGetsItAndTheFirstKnew()
    {
        await using var cluster = await LockCluster.StartAsync(new LockClusterSettings());
        await using var first = NewHost(cluster);
        await using var second = NewHost(cluster);
        var options = new AcquireOptions { Lease = TimeSpan.FromSeconds(2), MaxHold = TimeSpan.FromSeconds(3) };
        var hanging = await first.AcquireAsync(_key, options: options);
        await using var next = await second.AcquireAsync(_key).AsTask().WithinPatienceAsync("second host");

        Assert.True(hanging.HandleLostToken.IsCancellationRequested, "It did not know.");
        Assert.True(next.FencingToken > hanging.FencingToken);
        Assert.Throws<LockLostException>(hanging.ThrowIfLost);
        GC.KeepAlive(hanging);
    }

    private static LockClient NewHost(LockCluster cluster) => LockClient.Create(cluster.Grains);
}
