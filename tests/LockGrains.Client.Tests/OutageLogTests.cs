using LockGrains.TestKit;

namespace LockGrains.Client.Tests;

/// <summary>How many lines an outage is, whatever it breaks, and what they say.</summary>
public sealed class OutageLogTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _lines = [];
    private readonly OutageLog<string> _log;

    public OutageLogTests() => _log = new OutageLog<string>(
        _time, (what, more) => Add($"{what}{(more.IsFirst ? " in full" : "")}{more}"), outage => Add($"over: {outage.Count} in {outage.Seconds} s"));

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Outage_Of27SecondsAndAThousandFailures_IsFourLines()
    {
        for (var failure = 1; failure <= 1080; failure++)
        {
            _log.Fails($"failure {failure}");
            _time.Advance(TimeSpan.FromMilliseconds(25));
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        _log.Succeeds();
        _log.Succeeds();

        Assert.Equal(["failure 1 in full", "failure 400 … 398 more in 10 s", "failure 800 … 399 more in 10 s", "over: 1080 in 28 s"], _lines);
    }

    [Fact]
    public void Burst_ThatEndsAtOnce_IsCountedThoughNothingFailsAfterIt()
    {
        for (var failure = 1; failure <= 500; failure++)
            _log.Fails($"lock {failure}");
        Assert.Equal(["lock 1 in full"], _lines);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["lock 1 in full", "lock 500 … 498 more in 10 s"], _lines);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void Failures_FurtherApartThanAPeriod_AreToldEach()
    {
        for (var failure = 1; failure <= 3; failure++)
        {
            _log.Fails($"failure {failure}");
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(["failure 1 in full", "failure 2 in full", "failure 3 in full"], _lines);
    }

    [Fact]
    public void Success_WhileOthersStillFail_IsNotTheEnd()
    {
        for (var step = 0; step < 20; step++)
        {
            _log.Fails("failure");
            _time.Advance(TimeSpan.FromMilliseconds(500));
            _log.Succeeds();
        }

        Assert.DoesNotContain(_lines, line => line.StartsWith("over", StringComparison.Ordinal));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        _log.Succeeds();
        Assert.Equal("over: 20 in 10.5 s", _lines[^1]);
    }

    [Fact]
    public void Success_WithoutAFailure_IsNotTold()
    {
        _log.Succeeds();

        Assert.Empty(_lines);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AnyStory_HasThreeLinesAPeriodAtMost(int seed)
    {
        var random = new Random(seed);
        var at = new List<TimeSpan>();
        using var log = new OutageLog<int>(_time, (_, _) => at.Add(_time.Elapsed), _ => at.Add(_time.Elapsed));
        for (var step = 0; step < 20_000; step++)
        {
            // Comes and goes, at any pace, so that ends and beginnings follow closely.
            if (random.Next(3) > 0)
                log.Fails(step);
            if (random.Next(2) > 0)
                log.Succeeds();
            _time.Advance(TimeSpan.FromMilliseconds(random.Next(random.Next(4) == 0 ? 3_000 : 30)));
        }

        Assert.True(at.Count > 10, $"Only {at.Count} lines: the story told nothing.");
        for (var line = 0; line + 3 < at.Count; line++)
            Assert.True(at[line + 3] - at[line] >= TimeSpan.FromSeconds(10), $"Four lines between {at[line]} and {at[line + 3]}.");
    }

    [Fact]
    public async Task Failures_FromManyThreads_AreAllCountedAndToldOnce()
    {
        const int Threads = 8;
        const int Each = 5_000;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (var failure = 0; failure < Each; failure++)
                _log.Fails("failure");
        })));
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["failure in full", $"failure … {(Threads * Each) - 2} more in 10 s"], _lines);
    }

    [Fact]
    public void Failure_WhereTheTimerIsLate_TellsWhatHasGathered()
    {
        using var log = new OutageLog<string>(new WithoutTimers(_time), (what, more) => Add($"{what}{more}"));
        for (var failure = 1; failure <= 5; failure++)
            log.Fails($"failure {failure}");
        _time.Advance(TimeSpan.FromSeconds(11));
        log.Fails("failure 6");
        log.Fails("failure 7");

        Assert.Equal(["failure 1", "failure 6 … 4 more in 11 s"], _lines);
    }

    [Fact]
    public void Dispose_InAnOutage_TellsNothingMoreAndLeavesNoTimer()
    {
        _log.Fails("failure 1");
        _log.Fails("failure 2");
        _log.Dispose();
        _time.Advance(TimeSpan.FromSeconds(20));
        _log.Fails("failure 3");

        Assert.Equal(["failure 1 in full"], _lines);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void Text_OfAChainOfExceptions_IsOneLineWithoutRepetitions()
    {
        var exception = new InvalidOperationException("Could not write.\nInner: the socket is closed", new IOException("the socket is closed", new TimeoutException("5 s")));

        Assert.Equal("Could not write. Inner: the socket is closed: 5 s", FailureText.Of(exception));
        Assert.Equal("The silo said: 5 s", FailureText.Of(new TimeoutException("5 s"), "The silo said"));
        Assert.Equal("No reason was given.", FailureText.Of(null));
        Assert.Equal(320, FailureText.Of(new IOException(new string('x', 900)), isShort: true).Length);
    }

    private void Add(string line)
    {
        lock (_lines) _lines.Add(line);
    }

    /// <summary>A machine so busy that no timer fires.</summary>
    private sealed class WithoutTimers(TimeProvider time) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Unfired();

        private sealed class Unfired : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
