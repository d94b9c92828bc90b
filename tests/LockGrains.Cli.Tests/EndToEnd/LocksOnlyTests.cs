using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>
/// What Orleans clients of a silo with --locks-only reach: all that the client library has, and nothing else. With mutual TLS it is the same; TlsTests has that.
/// </summary>
public sealed class LocksOnlyTests : IAsyncLifetime
{
    private readonly SiloProcess _silo = SiloProcess.Start("--locks-only");

    public async Task InitializeAsync() => await _silo.WhenReadyAsync();

    public Task DisposeAsync()
    {
        _silo.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Client_ThatUsesAllThatTheLibraryHas_IsRefusedNothing()
    {
        await using (var program = await OrleansProgram.StartAsync([_silo], certificate: null))
        {
            await UseHoldsAsync(program.Locks);
            await GiveUpAWaitAsync(program.Locks);
            await UseASessionAsync(program.Locks);
            await LookAsync(program.Locks);
            await UseElectionAndRunOnceAsync(program.Locks);
            await CallWhatTheLibraryCallsAsync(program.Grains);
        }

        AssertNothingWasRefused(_silo);
    }

    [Fact]
    public async Task Client_ThatCallsWhatIsNotForClients_IsRefused()
    {
        await using var program = await OrleansProgram.StartAsync([_silo], certificate: null);

        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => program.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => program.Grains.GetGrain<ISessionGrain>("a").AwaitEndAsync(1, TimeSpan.FromSeconds(1)).AsTask());

        await _silo.Process.WhenLineAsync("IManagementGrain.ForceActivationCollection, which is not for clients");
        await (await program.Locks.AcquireAsync("report")).DisposeAsync();
    }

    /// <summary>Orleans believes what a message says of its sender.</summary>
    [Theory]
    [InlineData("lockgrains.lock/report")]
    [InlineData("sys.client/hosted-127.0.0.1:11111@1")]
    public async Task Client_ThatPassesForTheCluster_IsCutOff(string sender)
    {
        await using var program = await OrleansProgram.StartAsync([_silo], certificate: null);
        program.PassFor(GrainId.Parse(sender));

        var call = program.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

        await _silo.Process.WhenLineAsync("The connection of an Orleans client was closed: a message says that it does not come from a client.");
        Assert.False(call.IsCompletedSuccessfully);
    }

    /// <summary>It would be sent what is meant for that silo.</summary>
    [Fact]
    public async Task Connection_WithTheNameOfASilo_IsClosed()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _silo.GatewayPort);
        var name = Encoding.ASCII.GetBytes("hosted-127.0.0.1:11111@1");
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, name.Length);

        await client.GetStream().WriteAsync((byte[])[.. length, .. name]);

        await _silo.Process.WhenLineAsync("The connection of an Orleans client was closed: it has the name of a silo.");
    }

    internal static void AssertNothingWasRefused(SiloProcess silo) => Assert.DoesNotContain(
        silo.Process.Out,
        line => line.Contains("not for clients", StringComparison.Ordinal) || line.Contains("connection of an Orleans client was closed", StringComparison.Ordinal));

    private static async Task UseHoldsAsync(ILockClient locks)
    {
        await using (var handle = await locks.AcquireUpgradeableAsync("report"))
        {
            await handle.UpgradeAsync();
            Assert.True(await handle.SetValueAsync(LockValue.OfText("half", TimeSpan.FromMinutes(1))));
            Assert.True(await handle.VerifyAsync());
            await handle.DowngradeAsync();
        }

        await locks.SetLimitAsync("permits", 3);
        await using (await locks.AcquirePermitsAsync("permits", 2, 3))
            Assert.Null(await locks.TryAcquirePermitsAsync("permits", 2, 3));
        await using (await locks.AcquireAllAsync(["a", "b"]))
            Assert.Null(await locks.TryAcquireAllAsync(["b", "c"]));
    }

    /// <summary>Orleans tells the lock that nobody waits for the reply any more.</summary>
    private static async Task GiveUpAWaitAsync(ILockClient locks)
    {
        await using var handle = await locks.AcquireAsync("door");
        using var stop = new CancellationTokenSource();
        var wait = locks.AcquireAsync("door", cancellationToken: stop.Token).AsTask();
        await Eventually.BecomesAsync(() => locks.GetInfoAsync("door").AsTask(), info => info.QueueLength == 1, "waiter");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    private static async Task UseASessionAsync(ILockClient locks)
    {
        await using var session = await locks.OpenSessionAsync();
        await using var under = await session.AcquireAsync("under");
        await session.SetMetadataAsync(new byte[] { 1 });
        Assert.Equal(1, (await locks.GetSessionInfoAsync(session.Id)).HolderCount);
        Assert.Null(await locks.TryAcquireAsync("under"));
        await locks.RevokeAsync("under");
        await locks.RevokeSessionAsync(session.Id);
    }

    private static async Task LookAsync(ILockClient locks)
    {
        await using var handle = await locks.AcquireAsync("seen");
        await foreach (var info in locks.WatchAsync("seen"))
        {
            Assert.Equal(1, info.HolderCount);
            break;
        }

        await foreach (var page in locks.ListAsync("seen"))
            Assert.Equal("seen", Assert.Single(page.Locks).Key);
        await foreach (var _ in locks.WatchPrefixAsync("seen"))
            break;
        await locks.GetValueAsync("seen");
    }

    private static async Task UseElectionAndRunOnceAsync(ILockClient locks)
    {
        var election = new LeaderElection(locks, "leader");
        await using (var leadership = await election.CampaignAsync(LockValue.OfText("a")))
        {
            await leadership.ProclaimAsync(LockValue.OfText("b"));
            Assert.NotNull(await election.GetLeaderAsync());
        }

        Assert.Equal(RunOnceStatus.Ran, (await locks.RunOnceAsync("migrate", static (_, _) => Task.CompletedTask)).Status);
    }

    /// <summary>What it calls only now and then, and what a front calls.</summary>
    private static async Task CallWhatTheLibraryCallsAsync(IGrainFactory grains)
    {
        var heartbeat = new Heartbeat { Waits = [new Beat { Key = "report", LeaseId = Guid.NewGuid() }], AnswerWithin = TimeSpan.FromSeconds(10) };
        Assert.Single((await grains.GetGrain<IHeartbeatGrain>(0).BeatAsync(heartbeat)).Waits);
        Assert.NotEqual(Guid.Empty, await grains.GetGrain<IStoreGrain>(0).GetIdentityAsync());
        Assert.Single(await grains.GetGrain<ISiloListGrain>(0).ListAsync());
        await grains.GetGrain<ITidyGrain>(0).GetReportAsync();
    }
}
