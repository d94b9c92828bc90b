using System.Globalization;

namespace LockGrains.Samples.Tests;

/// <summary>The sample that elects a leader, in processes of their own on a silo of their own.</summary>
public sealed class LeaderTests : IAsyncLifetime
{
    private readonly Programs _programs = new();
    private readonly List<TestProcess> _started = [];
    private TestProcess _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = Add(_programs.StartSilo());
        await _silo.WhenLineAsync("LockGrains silo ready");
    }

    public Task DisposeAsync()
    {
        _started.ForEach(process => process.Dispose());
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Leader_ToldToStop_TheOneThatWaitsLeads()
    {
        var anna = Add(_programs.StartSample("Leader", "anna"));
        var first = TokenOf(await anna.WhenLineAsync("anna works on step 1, with token"));
        var bert = Add(_programs.StartSample("Leader", "bert"));
        await bert.WhenLineAsync("Scheduler waits to lead 'scheduler', in place 1 of 1.");

        anna.Signal(Signals.Terminate);
        await anna.ExpectExitAsync(0);
        Assert.Contains(anna.Out, line => line.Contains("comes to its end: the host stops.", StringComparison.Ordinal));
        Assert.Contains("anna has ended its work", anna.Out);
        Assert.Contains(anna.Out, line => line.EndsWith("Release: Released.", StringComparison.Ordinal));
        Assert.True(TokenOf(await bert.WhenLineAsync("bert works on step 2, with token")) > first);
        bert.Signal(Signals.Terminate);
        await bert.ExpectExitAsync(0);
    }

    [Fact]
    public async Task Leader_SiloHangs_StopsItsWorkUntilItLeadsAgain()
    {
        var anna = Add(_programs.StartSample("Leader", "anna"));
        var first = TokenOf(await anna.WhenLineAsync("anna works on step 2"));

        _silo.Signal(Signals.Stop);
        await anna.WhenLineAsync("comes to its end: its lock is at risk.");
        await anna.WhenLineAsync("anna has ended its work");
        _silo.Signal(Signals.Continue);
        await anna.WhenLineAsync("leads 'scheduler' no more");
        await anna.WhenLineAsync(line => line.StartsWith("anna works", StringComparison.Ordinal) && TokenOf(line) > first, "a step under a larger token");
        anna.Signal(Signals.Terminate);
        await anna.ExpectExitAsync(0);

        // By the order of its own lines: it worked under the first token, ended, and worked under the second.
        var work = anna.Out.Where(line => line.StartsWith("anna ", StringComparison.Ordinal)).ToList();
        var end = work.IndexOf("anna has ended its work");
        Assert.All(work[..end], line => Assert.Equal(first, TokenOf(line)));
        Assert.All(work[(end + 1)..^1], line => Assert.True(TokenOf(line) > first));
        Assert.Equal("anna has ended its work", work[^1]);
    }

    private static long TokenOf(string line) => long.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);

    private TestProcess Add(TestProcess process)
    {
        _started.Add(process);
        return process;
    }
}
