namespace LockGrains.Cluster.Tests;

/// <summary>What work that runs once per cluster promises over a real cluster, whatever storage keeps its record.</summary>
public abstract class RunOnceContract : IAsyncLifetime
{
    private readonly ContractFixture _fixture;
    private readonly string _key = LockCluster.NewKey("run-once");
    private readonly List<string> _runs = [];
    private LockClient _client = null!;

    protected RunOnceContract(ContractFixture fixture) => _fixture = fixture;

    public Task InitializeAsync()
    {
        _client = _fixture.NewClient();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _client.DisposeAsync();

    [ContractFact]
    public async Task Run_OfManyClients_OneRunsAndAllHaveItsOutcome()
    {
        LockClient[] others = [.. Enumerable.Range(0, 5).Select(_ => _fixture.NewClient())];
        var (begun, end) = (NewSignal(), NewSignal());
        var first = _client.RunOnceAsync(_key, async (handle, _) =>
        {
            begun.SetResult();
            await end.Task.WithinPatienceAsync("end of the work");
            return $"done under {handle.FencingToken}";
        });
        await begun.Task.WithinPatienceAsync("begin of the work");
        var waiting = others.Select(other => RunAsync(other, "other", "")).ToArray();
        await Eventually.BecomesAsync(async () => await _client.GetInfoAsync(_key), info => info.QueueLength == others.Length, "all others in the queue");
        Assert.Equal(RunOnceStatus.Skipped, (await _client.RunOnceAsync(_key, Never, new RunOnceOptions { Wait = TimeSpan.Zero })).Status);
        end.SetResult();

        var ran = await first.WithinPatienceAsync("the run");
        Assert.Equal((RunOnceStatus.Ran, $"done under {ran.Last!.FencingToken}"), (ran.Status, ran.Outcome));
        foreach (var one in waiting)
        {
            var found = await one.WithinPatienceAsync("its outcome");
            Assert.Equal((RunOnceStatus.AlreadyRun, ran.Last), (found.Status, found.Last));
        }

        Assert.Empty(_runs);
        foreach (var other in others)
            await other.DisposeAsync();
    }

    [ContractFact]
    public async Task Run_AfterTheGrainHasMoved_GoesByTheRecord()
    {
        await Assert.ThrowsAsync<FormatException>(() => _client.RunOnceAsync(_key, (_, _) => throw new FormatException()));
        var ran = await RunAsync(_client, "nine", "9");
        Assert.Equal(RunOnceStatus.Ran, ran.Status);

        await _fixture.Cluster.DeactivateAsync(_key);
        await using var other = _fixture.NewClient();
        Assert.Equal((RunOnceStatus.AlreadyRun, ran.Last), await EndOf(RunAsync(other, "nine again", "9")));
        Assert.Equal((RunOnceStatus.Superseded, ran.Last), await EndOf(RunAsync(other, "eight", "8")));
        var next = await RunAsync(other, "ten", "10");
        Assert.Equal(("10", "ten"), (next.Last!.Edition, next.Outcome));
        Assert.True(next.Last.FencingToken > ran.Last!.FencingToken);
        Assert.Equal(next.Last, await _client.GetLastRunAsync(_key));
        Assert.Equal(["nine", "ten"], _runs);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static Task<string> Never(LockHandle handle, CancellationToken stop) => throw new InvalidOperationException("The work must not begin.");

    private static async Task<(RunOnceStatus Status, RunOnceRecord? Last)> EndOf(Task<RunOnceResult> run)
    {
        var result = await run;
        return (result.Status, result.Last);
    }

    private Task<RunOnceResult> RunAsync(LockClient client, string name, string edition)
    {
        return client.RunOnceAsync(_key, WorkAsync, new RunOnceOptions { Edition = edition });

        Task<string> WorkAsync(LockHandle handle, CancellationToken stop)
        {
            lock (_runs) _runs.Add(name);
            return Task.FromResult(name);
        }
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryRunOnceTests(MemoryFixture fixture) : RunOnceContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisRunOnceTests(RedisFixture fixture) : RunOnceContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyRunOnceTests(FaultyFixture fixture) : RunOnceContract(fixture);
