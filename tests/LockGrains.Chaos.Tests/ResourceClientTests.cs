using System.Net;
using System.Net.Sockets;

namespace LockGrains.Chaos.Tests;

public sealed class ResourceClientTests
{
    /// <summary>
    /// A connection that broke under one caller was closed under the feet of the next, who then reported an exception that no lock had thrown.
    /// </summary>
    [Fact]
    public async Task Write_ConnectionsThatBreakUnderManyCallers_NobodyKnowsAndNobodyThrows()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var ending = new CancellationTokenSource();
        var hangingUp = HangUpAsync(listener, ending.Token);
        using var client = new ResourceClient((IPEndPoint)listener.LocalEndpoint);

        var answers = await Task.WhenAll(Enumerable.Range(0, 2000).Select(_ => client.UseAsync("key", 1, "owner", isRead: false, CancellationToken.None)));

        Assert.All(answers, answer => Assert.Null(answer));
        await ending.CancelAsync();
        await hangingUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private static async Task HangUpAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var accepted = await listener.AcceptTcpClientAsync(cancellationToken);
        }
    }
}
