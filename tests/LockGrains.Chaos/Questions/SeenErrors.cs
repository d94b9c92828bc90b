using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace LockGrains.Chaos;

/// <summary>What each trouble with Redis looks like to the library, to whoever asks a grain, and to whoever uses the client.</summary>
internal sealed class SeenErrors(StoreQuestions questions)
{
    private const string Id = "questions";
    private const int DetailMax = 70;

    // More than ReleaseWriteDelay: nothing of the preparation is under way any more when the trouble begins.
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(200);

    private static readonly (RespProxyMode Mode, TimeSpan Delay)[] Troubles =
    [
        (RespProxyMode.Delay, TimeSpan.FromSeconds(2)), (RespProxyMode.DropReply, default), (RespProxyMode.LateWrite, TimeSpan.FromSeconds(1)),
        (RespProxyMode.Reset, default), (RespProxyMode.Refuse, default), (RespProxyMode.ReadOnly, default), (RespProxyMode.Loading, default),
        (RespProxyMode.OutOfMemory, default), (RespProxyMode.NoScript, default), (RespProxyMode.Moved, default), (RespProxyMode.Misconfigured, default),
        (RespProxyMode.HalfClose, default), (RespProxyMode.Blackhole, default), (RespProxyMode.SwallowReply, default), (RespProxyMode.DuplicateReply, default),
    ];

    public async Task AnswerAsync()
    {
        var proxy = await ProxyAsync();
        await using var silo = new SiloNode(
            "silo", new Place("silo", IPAddress.Loopback, null), SiloCommand.Create(Id, Id), questions.Redis.LinkAt(proxy.EndPoint), proxy.EndPoint, proxy, onLine: null);
        await silo.StartAsync(CancellationToken.None);
        using var host = Worker.BuildClient(Id, Id, questions.Redis.Link);
        await host.StartAsync();
        await questions.SayAsync("| trouble | StackExchange.Redis throws | the silo answers | after s | the client throws | after s | works again after s |");
        await questions.SayAsync("|---|---|---|--:|---|--:|--:|");
        var locks = host.Services.GetRequiredService<ILockClient>();
        foreach (var (mode, delay) in Troubles)
            await AskAsync(mode, delay, silo.Proxy, host.Services.GetRequiredService<IGrainFactory>(), locks);
        await host.StopAsync();
    }

    private async Task AskAsync(RespProxyMode mode, TimeSpan delay, RespProxy proxy, IGrainFactory grains, ILockClient locks)
    {
        await using var connection = await StoreQuestions.ConnectAsync(proxy.EndPoint);
        var (library, grain, client) = ($"library-{mode}", grains.GetLock($"grain-{mode}"), $"client-{mode}");
        await UseAsync(locks, client);
        await UseAsync(locks, $"grain-{mode}");
        await CompareAndSet.RunAsync(connection.GetDatabase(), library, "", "1", [1]);
        await FaultContext.LastAsync(Settled, CancellationToken.None);

        // The silo's other needs of Redis are left alone, but for troubles of whole connections: the question is what the locks' callers see.
        proxy.Rule = new RespProxyRule(mode) { Delay = delay, Commands = RespCommands.Scripts };
        var thrown = await DescribeAsync(async () => await CompareAndSet.RunAsync(connection.GetDatabase(), library, "1", "2", [1]));
        var start = Clock.Now;
        var answered = await DescribeAsync(async () =>
        {
            var reply = await grain.AcquireAsync(new AcquireRequest { LeaseId = Guid.NewGuid(), Lease = TimeSpan.FromSeconds(1) });
            return $"{reply.Status}";
        });
        var (answeredAfter, clientStart) = (Clock.Now - start, Clock.Now);
        var seen = await DescribeAsync(async () => await locks.TryAcquireAsync(client) is null ? "denied" : "granted");
        var seenAfter = Clock.Now - clientStart;
        proxy.Rule = RespProxyRule.Pass;
        var healedAt = Clock.Now;
        await UseAsync(locks, client);
        await questions.SayAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"| {mode} | {thrown} | {answered} | {Clock.Seconds(answeredAfter):0.0} | {seen} | {Clock.Seconds(seenAfter):0.0} | {Clock.Seconds(Clock.Now - healedAt):0.00} |"));
    }

    private async Task<RespProxy> ProxyAsync()
    {
        var proxy = new RespProxy(new IPEndPoint(IPAddress.Loopback, 0), questions.Redis.EndPoint);
        await proxy.StartAsync();
        return proxy;
    }

    private static async Task UseAsync(ILockClient locks, string key)
    {
        await using var handle = await locks.AcquireAsync(key, TimeSpan.FromSeconds(60));
        await handle.ReleaseAsync();
    }

    private static async Task<string> DescribeAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return Shorten($"{await act()}");
        }
        catch (Exception exception)
        {
            return Shorten(exception is RedisServerException ? $"{exception.GetType().Name}: {exception.Message}" : exception.GetType().Name);
        }
    }

    private static string Shorten(string text)
    {
        text = text.ReplaceLineEndings(" ").Replace('|', '/');
        return text.Length > DetailMax ? text[..DetailMax] + "…" : text;
    }
}
