using LockGrains.Client.Tests.Fakes;
using LockGrains.Testing;

namespace LockGrains.Client.Tests.Once;

/// <summary>What is no call for work that runs once: wrong arguments, and a key whose value is something else.</summary>
public sealed class RunOnceArgumentTests : IAsyncDisposable
{
    private const string Key = "import";

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly ILockClient _client;

    public RunOnceArgumentTests()
    {
        _locks = new InMemoryLocks(_clock);
        _client = _locks.CreateClient();
    }

    public static TheoryData<RunOnceOptions, string> WrongOptions() => new()
    {
        { new RunOnceOptions { Edition = null! }, "Edition is null; it must be a text" },
        { new RunOnceOptions { Edition = "two\nlines" }, "Edition must have no control characters; this one has U+000A at index 3." },
        { new RunOnceOptions { Edition = new string('x', 129) }, "Edition must have at most 128 bytes in UTF-8; this one has 129." },
        { new RunOnceOptions { Wait = TimeSpan.FromTicks(-1) }, "Wait must be 0 to 365 days, or null for ever." },
        { new RunOnceOptions { Wait = TimeSpan.FromDays(366) }, "Wait must be 0 to 365 days, or null for ever." },
        { new RunOnceOptions { KeepFor = TimeSpan.Zero }, "KeepFor is 0; it must be more than 0 and at most 400 days." },
        { new RunOnceOptions { KeepFor = TimeSpan.FromDays(401) }, "KeepFor is 401d; it must be more than 0 and at most 400 days." },
        { new RunOnceOptions { Acquire = new AcquireOptions { Mode = LockMode.Shared } }, "Mode is Shared; it must be Exclusive" },
        { new RunOnceOptions { Acquire = new AcquireOptions { Value = LockValue.OfText("x") } }, "Value must be null" },
    };

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public void Run_WrongOption_ThrowsAtOnce(RunOnceOptions options, string expected)
    {
        var problem = Assert.ThrowsAny<ArgumentException>(() => { _ = _client.RunOnceAsync(Key, NeverAsync, options); });

        Assert.Equal(nameof(options), problem.ParamName);
        Assert.StartsWith(expected, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WrongArgument_ThrowsAtOnce()
    {
        Assert.Throws<ArgumentException>(() => { _ = _client.RunOnceAsync(" ", NeverAsync); });
        Assert.Throws<ArgumentNullException>("body", () => { _ = _client.RunOnceAsync(Key, (Func<LockHandle, CancellationToken, Task<string>>)null!); });
        Assert.Throws<ArgumentNullException>("body", () => { _ = _client.RunOnceAsync(Key, (Func<LockHandle, CancellationToken, Task>)null!); });
        Assert.Throws<ArgumentNullException>("locks", () => { _ = ((ILockClient)null!).RunOnceAsync(Key, NeverAsync); });
        Assert.Throws<ArgumentNullException>("locks", () => { _ = ((ILockClient)null!).GetLastRunAsync(Key).AsTask(); });
        Assert.Throws<ArgumentException>(() => { _ = _client.GetLastRunAsync(" ").AsTask(); });
    }

    /// <summary>Only the client knows its lease, so this is found when the lock is acquired: before the work begins.</summary>
    [Fact]
    public async Task Run_WrongOptionOfTheAcquire_ThrowsBeforeTheWork()
    {
        var options = new RunOnceOptions { Acquire = new AcquireOptions { Lease = TimeSpan.Zero } };

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _client.RunOnceAsync(Key, NeverAsync, options).OrTimeoutAsync("the end"));
    }

    [Fact]
    public async Task Run_TheKeyHasAnotherValue_ThrowsAndLeavesItAsItIs()
    {
        await using (var handle = await _client.AcquireAsync(Key)) await handle.SetValueAsync(LockValue.OfText("page 7", TimeSpan.FromDays(1)));

        var problem = await Assert.ThrowsAsync<InvalidOperationException>(() => _client.RunOnceAsync(Key, NeverAsync).OrTimeoutAsync("the end"));
        Assert.Equal(
            "The value of the lock 'import' (6 bytes) was not written by this version of RunOnceAsync: it is no record of a run. It is left as it is. Use another key, or clear it.",
            problem.Message);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _client.GetLastRunAsync(Key).AsTask());
        Assert.Equal("page 7", (await _client.GetValueAsync(Key)).Value!.Text);
    }

    /// <summary>A leader holds the lock of that key, and proclaims only later where it can be reached.</summary>
    [Fact]
    public async Task Run_TheKeyGetsAnotherValueWhileItWaits_Throws()
    {
        var leadership = await new LeaderElection(_client, Key).CampaignAsync();
        var waiting = _clock.RunAsync(() => _locks.CreateClient().RunOnceAsync(Key, NeverAsync));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.False(waiting.IsCompleted);
        await leadership.ProclaimAsync(LockValue.OfText("10.0.0.7:5000"));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting.OrTimeoutAsync("the end"));
        await _locks.WhenAsync(Key, static info => info.QueueLength == 0);
        leadership.Handle.ThrowIfLost();
        await leadership.DisposeAsync();
    }

    /// <summary>It is found under the lock, which is given back.</summary>
    [Fact]
    public async Task Run_TheKeyHasAnotherValueUnderTheLock_ThrowsAndReleases()
    {
        var test = new TestClient();
        test.Grain.GetValue.Reply(Replies.Value(null, 0), Replies.Value("once/2\n7\n\none", 1));
        test.Grain.Acquire.Reply(Replies.Granted());

        var problem = await Assert.ThrowsAsync<InvalidOperationException>(() => test.Client.RunOnceAsync(TestClient.Key, NeverAsync).OrTimeoutAsync("the end"));
        Assert.Contains("another version of LockGrains wrote it", problem.Message, StringComparison.Ordinal);
        Assert.Single(test.Grain.Release.Calls);
    }

    private static Task<string> NeverAsync(LockHandle handle, CancellationToken stop) => throw new InvalidOperationException("The work must not begin.");
}
