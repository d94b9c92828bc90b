namespace LockGrains.Testing.Tests;

/// <summary>Code under test that takes turns by a lock and waits by the same clock: what a clock that does not wait for it gets wrong.</summary>
public sealed class WorkerTests
{
    private const string Key = "report";

    private readonly FakeClock _clock = new();

    [Fact]
    public async Task Workers_OneMoveOfAnHour_TakeTurnsToTheSecond()
    {
        await using var locks = new InMemoryLocks(_clock);
        using var stop = new CancellationTokenSource();
        var log = new List<string>();
        Task[] workers = [.. "abc".Select(name => _clock.RunAsync(() => WorkAsync($"{name}", locks.CreateClient(), log, stop.Token)))];
        await _clock.AdvanceAsync(TimeSpan.FromHours(1));

        // Each works for 10 s and rests for 20 s, so the lock is never free, and nobody ever waits at its second turn.
        Assert.Equal(Enumerable.Range(0, 361).Select(turn => $"{"abc"[turn % 3]} {TimeSpan.FromSeconds(10 * turn):c}"), log);
        await stop.CancelAsync();
        await _clock.AdvanceAsync(TimeSpan.Zero);
        foreach (var worker in workers)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => worker.InTimeAsync());
    }

    /// <summary>As a program without a context goes on: the client's reply and the clock's timer run it.</summary>
    [Fact]
    public async Task Worker_WithoutAContext_IsWaitedFor()
    {
        await using var locks = new InMemoryLocks(_clock);
        using var stop = new CancellationTokenSource();
        var client = locks.CreateClient();
        var log = new List<string>();
        var worker = _clock.RunAsync(() =>
        {
            SynchronizationContext.SetSynchronizationContext(null);
            return WorkAsync("a", client, log, stop.Token);
        });
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(Enumerable.Range(0, 21).Select(turn => $"a {TimeSpan.FromSeconds(30 * turn):c}"), log);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => worker.InTimeAsync());
    }

    /// <summary>Long moves over many renewals and slices: nobody is late for its next call, so nobody is dropped or loses its lock.</summary>
    [Fact]
    public async Task Waiters_LongMoves_KeepTheirOrder_AndTheHolderItsLock()
    {
        await using var locks = new InMemoryLocks(_clock);
        var order = new List<int>();
        var holder = await locks.CreateClient().AcquireAsync(Key);
        var waiters = Enumerable.Range(0, 20).Select(index => _clock.RunAsync(async () =>
        {
            await using var handle = await locks.CreateClient().AcquireAsync(Key);
            order.Add(index);
        })).ToArray();
        for (var move = 0; move < 20; move++)
            await _clock.AdvanceAsync(TimeSpan.FromMinutes(3));

        holder.ThrowIfLost();
        Assert.Equal(20, (await locks.CreateClient().GetInfoAsync(Key)).QueueLength);
        await holder.DisposeAsync();
        await Task.WhenAll(waiters).InTimeAsync();
        Assert.Equal(Enumerable.Range(0, 20), order);
    }

    /// <summary>A client is disposed in the middle of the work, by the work, while another waits.</summary>
    [Fact]
    public async Task Client_DisposedByTheWork_EndsItsWaits()
    {
        await using var locks = new InMemoryLocks(_clock);
        await using var handle = await locks.CreateClient().AcquireAsync(Key);
        var client = locks.CreateClient();
        var wait = _clock.RunAsync(() => client.AcquireAsync(Key).AsTask());
        var disposal = _clock.RunAsync(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(5), _clock);
            await client.DisposeAsync();
        });
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(30));

        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.InTimeAsync());
        await disposal.InTimeAsync();
        Assert.Equal(0, (await locks.CreateClient().GetInfoAsync(Key)).QueueLength);
    }

    private async Task WorkAsync(string name, ILockClient client, List<string> log, CancellationToken stop)
    {
        var start = _clock.GetUtcNow();
        while (true)
        {
            await using (await client.AcquireAsync(Key, cancellationToken: stop))
            {
                log.Add($"{name} {_clock.GetUtcNow() - start:c}");
                await Task.Delay(TimeSpan.FromSeconds(10), _clock, stop);
            }

            await Task.Delay(TimeSpan.FromSeconds(20), _clock, stop);
        }
    }
}
