using LockGrains.Client.Tests.Fakes;
using LockGrains.Testing;

namespace LockGrains.Client.Tests.Once;

/// <summary>Work that runs once per cluster: who runs it, who waits for its outcome, and which edition runs.</summary>
public sealed class RunOnceTests : IAsyncDisposable
{
    private const string Key = "migrate";

    private static readonly RunOnceOptions Skip = new() { Wait = TimeSpan.Zero };

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly ILockClient _client;
    private readonly ILockClient _other;
    private readonly List<string> _runs = [];

    public RunOnceTests()
    {
        _locks = new InMemoryLocks(_clock);
        _client = _locks.CreateClient();
        _other = _locks.CreateClient();
    }

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task Run_TwoAtOnce_OneRunsAndTheOtherHasItsOutcome()
    {
        var first = RunAsync(_client, "one", minutes: 1);
        var second = RunAsync(_other, "two", minutes: 1);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(59));
        Assert.False(first.IsCompleted || second.IsCompleted, "The work goes on.");
        Assert.Null(await _other.GetLastRunAsync(Key));

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(2));
        var ran = await first.OrTimeoutAsync("the run");
        Assert.Equal((RunOnceStatus.Ran, "one"), (ran.Status, ran.Outcome));
        var found = await second.OrTimeoutAsync("its outcome");
        Assert.Equal((RunOnceStatus.AlreadyRun, "one"), (found.Status, found.Outcome));
        Assert.Equal(ran.Last, found.Last);
        Assert.Equal(ran.Last, await _other.GetLastRunAsync(Key));
        Assert.Equal(["one"], _runs);
    }

    /// <summary>One after another they would be granted the lock and give it back, and not before the least time is over.</summary>
    [Fact]
    public async Task Run_ACrowdWaits_AllHaveTheOutcomeAtOnceAndNeedNotBeGrantedTheLock()
    {
        var options = new RunOnceOptions { Acquire = new AcquireOptions { HoldFor = TimeSpan.FromMinutes(10) } };
        var first = RunAsync(_client, "one", minutes: 1, options);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        var crowd = Enumerable.Range(0, 10).Select(index => RunAsync(_locks.CreateClient(), $"{index}", minutes: 1, options)).ToArray();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(60));

        var ran = await first.OrTimeoutAsync("the run");
        foreach (var one in crowd)
            Assert.Equal(ran.Last, (await one.OrTimeoutAsync("the outcome")).Last);
        var info = await _locks.WhenAsync(Key, static info => info.QueueLength == 0);
        Assert.Equal("client-1", Assert.Single(info.Holders).OwnerId);
        Assert.Single(info.Recent, static one => one.What == RecentEventKind.Granted);
    }

    [Fact]
    public async Task Run_OutcomeIsStored_IsFoundWithoutAGrant()
    {
        await RunAsync(_client, "one").OrTimeoutAsync("the run");
        var found = await RunAsync(_other, "two").OrTimeoutAsync("the outcome");

        Assert.Equal((RunOnceStatus.AlreadyRun, "one"), (found.Status, found.Outcome));
        Assert.Single((await _other.GetInfoAsync(Key)).Recent, static one => one.What == RecentEventKind.Granted);
    }

    [Fact]
    public async Task Run_SomebodyIsAtItAndToSkip_IsSkippedAtOnce()
    {
        var first = RunAsync(_client, "one", minutes: 1);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));

        var skipped = await RunAsync(_other, "two", options: Skip).OrTimeoutAsync("the end");
        Assert.Equal(new RunOnceResult { Status = RunOnceStatus.Skipped }, skipped);
        Assert.Null(skipped.Outcome);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(RunOnceStatus.Ran, (await first.OrTimeoutAsync("the run")).Status);
        Assert.Equal(RunOnceStatus.AlreadyRun, (await RunAsync(_other, "two", options: Skip).OrTimeoutAsync("the outcome")).Status);
        Assert.Equal(["one"], _runs);
    }

    [Fact]
    public async Task Run_SomebodyIsAtItForLongerThanTheWait_IsSkippedThen()
    {
        _ = RunAsync(_client, "one", minutes: 1);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        var second = RunAsync(_other, "two", options: new RunOnceOptions { Wait = TimeSpan.FromSeconds(10) });
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.False(second.IsCompleted);

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(RunOnceStatus.Skipped, (await second.OrTimeoutAsync("the end of the wait")).Status);
        await _locks.WhenAsync(Key, static info => info.QueueLength == 0);
    }

    [Fact]
    public async Task Run_ALaterEdition_RunsAndReplacesTheRecord()
    {
        await RunAsync(_client, "nine", options: Edition("1.9")).OrTimeoutAsync("the first edition");
        var ran = await RunAsync(_other, "ten", options: Edition("1.10")).OrTimeoutAsync("the second edition");

        Assert.Equal((RunOnceStatus.Ran, "ten"), (ran.Status, ran.Outcome));
        Assert.Equal("1.10", (await _client.GetLastRunAsync(Key))!.Edition);
        Assert.Equal(["nine", "ten"], _runs);
    }

    [Fact]
    public async Task Run_AnEarlierEdition_IsSupersededAndLeavesTheRecord()
    {
        var later = await RunAsync(_client, "ten", options: Edition("1.10")).OrTimeoutAsync("the later edition");
        var earlier = await RunAsync(_other, "nine", options: Edition("1.9")).OrTimeoutAsync("the earlier edition");

        Assert.Equal(RunOnceStatus.Superseded, earlier.Status);
        Assert.Null(earlier.Outcome);
        Assert.Equal(later.Last, earlier.Last);
        Assert.Equal(later.Last, await _client.GetLastRunAsync(Key));
        Assert.Equal(["ten"], _runs);
    }

    [Fact]
    public async Task Run_EditionsThatWaitForAnotherOne_TheLaterRunsThenAndTheEarlierIsSuperseded()
    {
        var running = RunAsync(_client, "two", minutes: 1, Edition("2"));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        var later = RunAsync(_other, "three", options: Edition("3"));
        var earlier = RunAsync(_locks.CreateClient(), "one", options: Edition("1"));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(RunOnceStatus.Ran, (await running.OrTimeoutAsync("the run")).Status);
        Assert.Equal((RunOnceStatus.Ran, "three"), await EndOf(later));
        Assert.Equal((RunOnceStatus.Superseded, null), await EndOf(earlier));
        Assert.Equal(["two", "three"], _runs);
    }

    [Fact]
    public async Task Run_RecordIsNotKeptAnyMore_RunsAgain()
    {
        var options = new RunOnceOptions { KeepFor = TimeSpan.FromHours(1) };
        await RunAsync(_client, "one", options: options).OrTimeoutAsync("the first run");
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(59));
        Assert.Equal((RunOnceStatus.AlreadyRun, "one"), await EndOf(RunAsync(_other, "two", options: options)));

        await _clock.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Null(await _other.GetLastRunAsync(Key));
        Assert.Equal((RunOnceStatus.Ran, "two"), await EndOf(RunAsync(_other, "two", options: options)));
    }

    [Fact]
    public async Task Run_WithDefaults_KeepsTheOutcomeFor30Days()
    {
        await RunAsync(_client, "one").OrTimeoutAsync("the run");

        Assert.Equal(TimeSpan.FromDays(30), (await _client.GetValueAsync(Key)).Value!.KeepFor);
    }

    [Fact]
    public async Task Run_WithoutAnOutcome_StoresThatItRan()
    {
        var count = 0;
        for (var host = 0; host < 2; host++)
        {
            var run = await _clock.RunAsync(() => _client.RunOnceAsync(Key, async (handle, stop) =>
            {
                await Task.Delay(TimeSpan.Zero, _clock, stop);
                handle.ThrowIfLost();
                count++;
            })).OrTimeoutAsync("the run");
            Assert.Equal((host == 0 ? RunOnceStatus.Ran : RunOnceStatus.AlreadyRun, ""), (run.Status, run.Outcome));
        }

        Assert.Equal(1, count);
    }

    /// <summary>So a short job does not run twice on hosts whose clocks differ; and whoever wants the outcome alone does not wait for that time.</summary>
    [Fact]
    public async Task Run_WithALeastTime_KeepsTheLockForItAndTheOutcomeIsFoundBefore()
    {
        var options = Edition("1") with { Acquire = new AcquireOptions { HoldFor = TimeSpan.FromMinutes(10) } };
        Assert.Equal(RunOnceStatus.Ran, (await RunAsync(_client, "one", options: options).OrTimeoutAsync("the run")).Status);
        Assert.Equal((RunOnceStatus.AlreadyRun, "one"), await EndOf(RunAsync(_other, "two", options: options)));
        var later = RunAsync(_other, "later", options: Edition("2"));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(9));
        Assert.False(later.IsCompleted);
        Assert.Equal(RunOnceStatus.Skipped, (await RunAsync(_other, "skips", options: Edition("2") with { Wait = TimeSpan.Zero }).OrTimeoutAsync("the end")).Status);

        await _clock.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((RunOnceStatus.Ran, "later"), await EndOf(later));
    }

    /// <summary>They waited for the lock when the outcome came: this is no run, so the least time does not count.</summary>
    [Fact]
    public async Task Run_OutcomeIsFoundUnderTheLock_GivesTheLockBackAtOnce()
    {
        var test = new TestClient();
        test.Grain.GetValue.Reply(Replies.Value(null, 0), Replies.Value("once/1\n7\n\none", 1));
        test.Grain.Acquire.Reply(Replies.Granted());
        var options = new RunOnceOptions { Acquire = new AcquireOptions { HoldFor = TimeSpan.FromMinutes(10) } };
        var run = await test.Client.RunOnceAsync(TestClient.Key, WorkOf("two"), options).OrTimeoutAsync("the outcome");

        Assert.Equal((RunOnceStatus.AlreadyRun, "one", 7L), (run.Status, run.Outcome, run.Last!.FencingToken));
        Assert.Single(test.Grain.Release.Calls);
        Assert.Empty(test.Grain.SetValue.Calls);
        Assert.Empty(_runs);
    }

    [Fact]
    public async Task Run_OnASchedulerOfItsOwn_BeginsTheWorkThere()
    {
        var test = new TestClient();
        test.Grain.GetValue.Otherwise = Replies.Value(null, 0);
        test.Grain.SetValue.Reply(Replies.Value("x", 1));
        var granted = test.Grain.Acquire.Hang();
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        TaskScheduler? found = null;
        var run = Task.Factory.StartNew(
            () => test.Client.RunOnceAsync(TestClient.Key, (_, _) =>
            {
                found = TaskScheduler.Current;
                return Task.FromResult("");
            }),
            CancellationToken.None,
            TaskCreationOptions.None,
            scheduler);
        await test.Grain.Acquire.WhenCalledAsync();
        granted.SetResult(Replies.Granted());

        Assert.Equal(RunOnceStatus.Ran, (await run.Unwrap().OrTimeoutAsync("the run")).Status);
        Assert.Same(scheduler, found);
    }

    private static RunOnceOptions Edition(string edition) => new() { Edition = edition };

    private static async Task<(RunOnceStatus Status, string? Outcome)> EndOf(Task<RunOnceResult> run)
    {
        var result = await run.OrTimeoutAsync("the end");
        return (result.Status, result.Outcome);
    }

    private Func<LockHandle, CancellationToken, Task<string>> WorkOf(string name, int minutes = 0) => async (_, stop) =>
    {
        _runs.Add(name);
        await Task.Delay(TimeSpan.FromMinutes(minutes), _clock, stop);
        return name;
    };

    private Task<RunOnceResult> RunAsync(ILockClient client, string name, int minutes = 0, RunOnceOptions? options = null) =>
        _clock.RunAsync(() => client.RunOnceAsync(Key, WorkOf(name, minutes), options));
}
