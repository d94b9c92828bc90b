using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// A silo is paused in the middle of writes, for longer than it takes to forget a key. Meanwhile others take its keys over, use them, and
/// forget them. When it goes on, what it had begun must neither grant a lock nor make a token smaller, and no record may be left.
/// </summary>
internal sealed class ForgettingRun(ChaosCluster cluster, TextWriter output) : IAsyncDisposable
{
    private const string Prefix = "forgotten-";
    private const int KeyCount = 240;

    private static readonly TimeSpan PauseAtLeast = TimeSpan.FromSeconds(200);
    private static readonly TimeSpan BurstStep = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(60);

    private readonly GrowingTokens _tokens = new();
    private readonly List<ForgettingClient> _clients = [];
    private readonly List<string> _keys = [.. Enumerable.Range(0, KeyCount).Select(number => $"{Prefix}{number}")];
    private readonly Random _random = new(cluster.Options.Seed);
    private readonly long _startedAt = Clock.Now;
    private int _uses;

    /// <summary>The least that a silo allows.</summary>
    public static TimeSpan ForgetAfter { get; } = TimeSpan.FromMinutes(3);

    /// <summary>What a crashed or late silo left behind is found by a tidy pass, and forgotten after that.</summary>
    public static TimeSpan ForgetPatience => (ForgetAfter * 2) + TimeSpan.FromMinutes(3);

    private ClientJudge Judge => cluster.History.Judge;

    /// <summary>The whole run: 0 when no promise was broken, 1 when one was.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        for (var number = 1; number <= 2; number++)
            _clients.Add(await ForgettingClient.StartAsync(cluster, $"client-{number}", _tokens.Hear, cancellationToken));
        var silo = cluster.Silos[_random.Next(cluster.Silos.Count)];
        await SayAsync($"{cluster.Options.Storage}, seed {cluster.Options.Seed}, {cluster.Silos.Count} silos, {KeyCount} keys, ForgetAfter {ForgetAfter}; {silo.Name} is to be paused");
        var pausedAt = await PauseInTheMiddleAsync(silo, cancellationToken);
        await UseAllAsync("the other silos", _keys, cancellationToken);
        await WhenForgottenAsync([], cancellationToken);
        await Clock.DelayAsync(Later(PauseAtLeast - Since(pausedAt)), cancellationToken);

        silo.Continue();
        await SayAsync($"{silo.Name} goes on after a pause of {Since(pausedAt).TotalSeconds:0.0} s");
        var (again, idle) = (_keys.Where((_, index) => index % 2 == 0).ToList(), _keys.Where((_, index) => index % 2 == 1).ToList());
        await UseAllAsync("half of the keys, while it wakes", again, cancellationToken);
        await EndOfAsync(silo, cancellationToken);
        await WhenForgottenAsync(idle, cancellationToken);
        await UseAllAsync("all keys once more", _keys, cancellationToken);
        return await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
    }

    /// <summary>Begins to use all keys for the first time, and pauses the silo before that is over.</summary>
    private async Task<long> PauseInTheMiddleAsync(SiloNode silo, CancellationToken cancellationToken)
    {
        var uses = new List<Task>();
        for (var index = 0; index < KeyCount; index++)
        {
            // What it sends to its storage from the cut on is under way when it is paused, and arrives later.
            if (index == KeyCount / 2 && cluster.CanCut)
                await cluster.Net.CutAsync(silo.Place, new Cut([silo.StoreEndPoint.Address], Port: silo.StoreEndPoint.Port), cancellationToken);
            if (index == KeyCount * 4 / 5)
                silo.Pause();
            uses.AddRange(_clients.Select(client => UseAsync(client, _keys[index], cancellationToken)));
            await Clock.DelayAsync(BurstStep, cancellationToken);
        }

        var (pausedAt, underWay) = (Clock.Now, uses.Count(use => !use.IsCompleted));
        await cluster.Net.HealAsync(silo.Place);
        await Clock.DelayAsync(Stuck, cancellationToken);
        var stuck = uses.Count(use => !use.IsCompleted);
        if (stuck == 0)
            throw new ChaosException($"{silo.Name} served no call when it was paused");
        await Task.WhenAll(uses);
        await EndStageAsync($"first use: {underWay} of {uses.Count} calls were under way when {silo.Name} was paused, {stuck} of them {Stuck.TotalSeconds:0} s later", null);
        return pausedAt;
    }

    private async Task UseAllAsync(string who, List<string> keys, CancellationToken cancellationToken)
    {
        await Task.WhenAll(keys.SelectMany(key => _clients.Select(client => UseAsync(client, key, cancellationToken))));
        await EndStageAsync(who, keys.Count);
    }

    private Task UseAsync(ForgettingClient client, string key, CancellationToken cancellationToken) =>
        client.UseAsync(key, cluster.Options.Seed + ++_uses, cancellationToken);

    private async Task EndStageAsync(string what, int? expected)
    {
        var (granted, problems) = _tokens.EndStage();
        foreach (var problem in problems)
            Judge.Fail("tokens grow", problem);
        if (granted < expected)
            Judge.Fail("no stuck queue", $"{expected - granted} keys were granted to nobody: {what}", [.. cluster.RunningSilos.Select(silo => $"{silo.Name}: {silo.Process.Describe()}")]);
        cluster.History.JudgeWhatIsKnown();
        await SayAsync($"{what}: {granted} keys were granted; failed so far: {DescribeFailures()}");
    }

    /// <summary>Waits until no record is left.</summary>
    /// <param name="idle">Keys that nobody has used since the silo went on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async Task WhenForgottenAsync(List<string> idle, CancellationToken cancellationToken)
    {
        var (since, late) = (Clock.Now, new HashSet<string>(StringComparer.Ordinal));
        while (true)
        {
            var left = await Patience.AskAsync(() => cluster.Store.FindKeysAsync(cluster.Id, Prefix), trials: 20, TimeSpan.FromSeconds(1), cancellationToken);
            late.UnionWith(left.Intersect(idle));
            if (left.Count == 0)
                break;
            if (Since(since) > ForgetPatience)
            {
                Judge.Fail("nothing is left", $"{left.Count} idle keys have a record after {ForgetPatience}: {string.Join(", ", left.Take(10))}");
                break;
            }

            await Clock.DelayAsync(TimeSpan.FromSeconds(1), cancellationToken);
        }

        await SayAsync($"waited {Since(since).TotalSeconds:0.0} s after the last use until no record was left; late writes had made records of {late.Count} of {idle.Count} keys that nobody used again");
    }

    /// <summary>A silo that was declared dead must notice and end.</summary>
    private async Task EndOfAsync(SiloNode silo, CancellationToken cancellationToken)
    {
        var since = Clock.Now;
        await silo.Process.WhenEndedAsync(EndPatience, cancellationToken);
        await SayAsync($"{silo.Name} ended by itself {Since(since).TotalSeconds:0.0} s later, and is started again");
        await cluster.RestoreAsync(cancellationToken);
    }

    private async Task<int> EndAsync()
    {
        await Clock.DelayAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        cluster.History.JudgeWhatIsKnown();
        Judge.CheckOrder();
        foreach (var broken in Judge.Broken)
            await output.WriteLineAsync($"VIOLATION {broken}{string.Concat(broken.Evidence.Select(line => $"{Environment.NewLine}    {line}"))}");
        await SayAsync($"{_uses} uses of {KeyCount} keys, {Judge.Grants} grants judged, failed: {DescribeFailures()}, violations {Judge.Broken.Count}");
        return Judge.Broken.Count == 0 ? 0 : 1;
    }

    private string DescribeFailures() => string.Join(", ", cluster.History.Failures.Select(pair => $"{pair.Value} {pair.Key}").DefaultIfEmpty("none"));

    private static TimeSpan Since(long at) => TimeSpan.FromSeconds(Clock.Seconds(Clock.Now - at));

    private static TimeSpan Later(TimeSpan wait) => wait > TimeSpan.Zero ? wait : TimeSpan.Zero;

    private Task SayAsync(FormattableString line) =>
        output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Since(_startedAt).TotalSeconds,6:0.0} s  {line.ToString(CultureInfo.InvariantCulture)}"));
}
