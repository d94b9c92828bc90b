namespace LockGrains.Cluster.Tests;

/// <summary>What docs/ONCE.md shows does what it says.</summary>
public sealed class OnceTests : IAsyncLifetime
{
    private readonly List<string> _work = [];
    private LockCluster _cluster = null!;
    private LockClient _locks = null!;
    private LockClient _other = null!;

    public async Task InitializeAsync()
    {
        // A lease that a busy machine does not miss, from the first on.
        var policy = new LockPolicy { FirstLease = TimeSpan.FromSeconds(30) };
        _cluster = await LockCluster.StartAsync(new LockClusterSettings { Silos = 1, Policy = policy });
        _locks = LockClient.Create(_cluster.Grains);
        _other = LockClient.Create(_cluster.Grains);
    }

    public async Task DisposeAsync()
    {
        await _locks.DisposeAsync();
        await _other.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Migration_OnAllHosts_RunsOnOneAndAllKnowItsOutcome()
    {
        var reports = await Task.WhenAll(BringToAsync(_locks, "1.9"), BringToAsync(_other, "1.9")).WithinPatienceAsync("both hosts");
        Assert.Equal(["AlreadyRun: 7 tables", "Ran: 7 tables"], reports.Order(StringComparer.Ordinal));
        Assert.Equal("Ran: 7 tables", await BringToAsync(_other, "1.10"));

        var problem = await Assert.ThrowsAsync<InvalidOperationException>(() => BringToAsync(_locks, "1.9"));
        Assert.Equal("The database has version 1.10. This program is of version 1.9.", problem.Message);
        Assert.Equal(["1.9", "1.10"], _work);
    }

    [Fact]
    public async Task Report_OnHostsWhoseClocksDiffer_IsSentOnce()
    {
        var (begun, end) = (NewSignal(), NewSignal());
        var first = new NightlyReport(_locks, new DayOf(2), _ =>
        {
            begun.SetResult();
            return end.Task;
        }).SendAsync(CancellationToken.None);
        await begun.Task.WithinPatienceAsync("the report");
        Assert.False(await SendAgainAsync(2).WithinPatienceAsync("the host that skips"));
        end.SetResult();

        Assert.True(await first.WithinPatienceAsync("the end of the report"));
        Assert.False(await SendAgainAsync(2).WithinPatienceAsync("the host that is late"));
        Assert.False(await SendAgainAsync(1).WithinPatienceAsync("the host whose clock is behind"));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<bool> SendAgainAsync(int day) =>
        new NightlyReport(_other, new DayOf(day), _ => throw new InvalidOperationException("It is sent already.")).SendAsync(CancellationToken.None);

    private Task<string> BringToAsync(ILockClient locks, string version) => new Migration(locks, (to, token, _) =>
    {
        Assert.True(token > 0);
        lock (_work) _work.Add(to);
        return Task.FromResult(7);
    }).BringToAsync(version, CancellationToken.None);

    private sealed class DayOf(int day) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 12, day, 0, 0, 1, TimeSpan.Zero);
    }
}
