using System.Net;
using LockGrains.Cli.Children;
using LockGrains.Cli.Connecting;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>A silo that dies under a connected client, and comes again at another address behind the same name.</summary>
public sealed class MovedSiloTests
{
    private static readonly ConnectionSettings Settings = new()
    {
        Gateways = [new GatewayAddress("silo.example", 30000)],
        RetryFor = TimeSpan.FromMinutes(5),
    };

    [Fact]
    public async Task Acquire_SiloHasMovedUnderTheClient_FindsItByItsName()
    {
        using var first = SiloProcess.Start();
        await first.WhenReadyAsync();
        var gateway = first.GatewayPort;
        await using var connection = await LockConnection.OpenAsync(
            Settings, log: null, TimeProvider.System, CancellationToken.None,
            (_, _) => Task.FromResult<IReadOnlyList<IPEndPoint>>([new IPEndPoint(IPAddress.Loopback, Volatile.Read(ref gateway))]));
        var handle = await connection.Client.AcquireAsync("moved").AsTask().WithinPatienceAsync("first grant");

        first.Process.Signal(Posix.SigKill);
        await first.Process.WhenExitedAsync();
        var next = connection.Client.AcquireAsync("moved").AsTask();
        using var second = SiloProcess.Start();
        await second.WhenReadyAsync();
        Assert.False(next.IsCompleted, "There was no silo.");
        Volatile.Write(ref gateway, second.GatewayPort);

        await using var moved = await next.WithinPatienceAsync("grant of the silo that has moved");
        Assert.True(moved.FencingToken > handle.FencingToken);
    }
}
