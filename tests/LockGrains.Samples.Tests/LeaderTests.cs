using System.Globalization;

namespace LockGrains.Samples.Tests;

/// <summary>The sample that elects a leader, in processes of their own on a silo of their own.</summary>
public sealed class LeaderTests : IAsyncLifetime
{
    // More than can be done in any test: such a leader ends when it is told to.
    private const string ManySteps = "1000000";

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
        var anna = Add(_programs.StartSample("Leader", "anna", ManySteps));
        var first = TokenOf(await anna.WhenLineAsync("anna: leads with token"));
        var bert = Add(_programs.StartSample("Leader", "bert", "2"));
        await bert.WhenLineAsync("bert: waits in place 1 of 1");

        anna.Signal(Signals.Terminate);
        await anna.ExpectExitAsync(0);
        await bert.ExpectExitAsync(0);

        Assert.Contains("anna: stops its work: it was told to", anna.Out);
        var second = TokenOf(Assert.Single(bert.Out, line => line.StartsWith("bert: leads", StringComparison.Ordinal)));
        Assert.True(second > first);
        Assert.Equal(["bert: works on step 1", "bert: works on step 2", "bert: has done its work"], bert.Out[^3..]);
    }

    [Fact]
    public async Task Leader_SiloHangs_StopsItsWorkUntilItLeadsAgain()
    {
        var anna = Add(_programs.StartSample("Leader", "anna", ManySteps));
        await anna.WhenLineAsync("anna: works on step 2");

        _silo.Signal(Signals.Stop);
        await anna.WhenLineAsync("anna: stops its work: the lock is at risk");
        _silo.Signal(Signals.Continue);
        await anna.WhenLineAsync("anna: leads again with token");
        anna.Signal(Signals.Terminate);
        await anna.ExpectExitAsync(0);

        var afterRisk = anna.Out.SkipWhile(line => !line.EndsWith("at risk", StringComparison.Ordinal)).Skip(1);
        Assert.DoesNotContain(afterRisk.TakeWhile(line => !line.Contains("leads", StringComparison.Ordinal)), line => line.Contains("works", StringComparison.Ordinal));
        var tokens = anna.Out.Where(line => line.Contains("leads", StringComparison.Ordinal)).Select(TokenOf).ToList();
        Assert.Equal(tokens.Order(), tokens);
        Assert.Distinct(tokens);
    }

    private static long TokenOf(string line) => long.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);

    private TestProcess Add(TestProcess process)
    {
        _started.Add(process);
        return process;
    }
}
