using System.Text.Json;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>A command under <c>run</c> whose server goes away: it runs on where another one takes over, and else it ends before its lease does.</summary>
public sealed class ServerLossTests : IDisposable
{
    private const string Key = "work";

    private readonly List<IDisposable> _started = [];

    public void Dispose() => _started.ForEach(started => started.Dispose());

    [RequiresFact("redis-server")]
    public Task Run_ItsServerIsKilled_AnotherRenewsAndTheCommandRunsOn() => AssertAnotherRenewsAsync(Posix.SigKill);

    [RequiresFact("redis-server")]
    public Task Run_ItsServerIsStopped_AnotherRenewsAndTheCommandRunsOn() => AssertAnotherRenewsAsync(Signals.Stop);

    [Fact]
    public async Task Run_ItsOnlyServerIsStopped_TheCommandIsEndedMeanwhile()
    {
        var silo = await StartAsync(SiloProcess.StartKeyed());
        var run = await HoldAsync("4s", silo.Url);

        silo.Process.Signal(Signals.Stop);

        // The server is stopped still: the clock of this machine alone has said that it is time.
        await run.ExpectExitAsync(ExitCode.Lost);
        silo.Process.Signal(Signals.Continue);
    }

    [Fact]
    public async Task Run_ItsOnlyServerIsBackWithinTheLease_RunsOn()
    {
        var silo = await StartAsync(SiloProcess.StartKeyed());
        var run = await HoldAsync("1m", silo.Url);

        silo.Process.Signal(Signals.Stop);
        await run.WhenLineAsync("no usable answer");
        silo.Process.Signal(Signals.Continue);

        await WhenRenewedAsync(silo);
        await EndAsync(run);
    }

    [RequiresFact("redis-server")]
    public async Task Run_ItIsCutOffFromItsServer_AnotherRenewsAndTheCommandRunsOn()
    {
        var (first, second) = await StartTwoAsync();
        var link = LinkTo(first);
        var run = await HoldAsync("1m", link.Url, second.Url);

        link.Cut();

        await WhenRenewedAsync(second);
        await EndAsync(run);
    }

    [Fact]
    public async Task Run_ItIsCutOffFromItsOnlyServer_TheCommandIsEndedAndTheNextHolderComes()
    {
        var silo = await StartAsync(SiloProcess.StartKeyed());
        var link = LinkTo(silo);
        var run = await HoldAsync("4s", link.Url);

        link.Cut();

        // The server is well, and cannot be heard: the clock of this machine alone has said that it is time.
        await run.ExpectExitAsync(ExitCode.Lost);
        await Start("run", Key, "--server", silo.Url, "--", "true").ExpectExitAsync(0);
    }

    [Fact]
    public async Task Run_ItIsCutOffForLessThanTheLease_RunsOn()
    {
        var silo = await StartAsync(SiloProcess.StartKeyed());
        var link = LinkTo(silo);
        var run = await HoldAsync("1m", link.Url);

        link.Cut();
        await run.WhenLineAsync("no usable answer");
        link.Heal();

        await WhenRenewedAsync(silo);
        await EndAsync(run);
    }

    private async Task AssertAnotherRenewsAsync(int signal)
    {
        var (first, second) = await StartTwoAsync();
        var run = await HoldAsync("1m", first.Url, second.Url);

        first.Process.Signal(signal);

        await WhenRenewedAsync(second);
        await EndAsync(run);
    }

    private async Task<(SiloProcess First, SiloProcess Second)> StartTwoAsync()
    {
        var redis = await RedisProcess.StartAsync();
        _started.Add(redis);
        return (await StartAsync(SiloProcess.StartKeyed("--redis", redis.ConnectionString)), await StartAsync(SiloProcess.StartKeyed("--redis", redis.ConnectionString)));
    }

    private CutLink LinkTo(SiloProcess silo)
    {
        var link = new CutLink(silo.HttpPort);
        _started.Add(link);
        return link;
    }

    private async Task<SiloProcess> StartAsync(SiloProcess silo)
    {
        _started.Add(silo);
        await silo.WhenReadyAsync();
        return silo;
    }

    private async Task<TestProcess> HoldAsync(string lease, params string[] servers)
    {
        var run = Start("run", Key, "--server", string.Join(',', servers), "--lease", lease, "--grace", "300ms", "--verbose", "--", "sh", "-c", "echo holding; read line");
        await run.WhenLineAsync("holding");
        return run;
    }

    // What is left of the lease becomes more by nothing else.
    private async Task WhenRenewedAsync(SiloProcess silo)
    {
        var least = double.MaxValue;
        await Eventually.BecomesAsync(
            async () =>
            {
                if (await FindLeaseLeftAsync(silo) is not { } left)
                    return false;
                var isRenewed = left > least;
                least = Math.Min(least, left);
                return isRenewed;
            },
            static isRenewed => isRenewed,
            "renewal");
    }

    // Null while nobody can say: the lock is on its way to another silo.
    private async Task<double?> FindLeaseLeftAsync(SiloProcess silo)
    {
        var status = Start("status", Key, "--json", "--server", silo.Url);
        if (await status.WhenExitedAsync() == ExitCode.Unavailable)
            return null;
        await status.ExpectExitAsync(0);
        return JsonDocument.Parse(string.Concat(status.Out)).RootElement.GetProperty("holder").GetProperty("expiresInSeconds").GetDouble();
    }

    private static async Task EndAsync(TestProcess run)
    {
        await run.WriteInputAsync("end\n");
        await run.ExpectExitAsync(0);
    }

    private TestProcess Start(params string[] args)
    {
        var process = Programs.StartCli(args);
        _started.Add(process);
        return process;
    }
}
