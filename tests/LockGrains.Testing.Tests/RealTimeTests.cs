namespace LockGrains.Testing.Tests;

/// <summary>Locks in memory on the system's clock.</summary>
public sealed class RealTimeTests : IAsyncDisposable
{
    private const string Key = "orders/42";

    private readonly InMemoryLocks _locks = new();

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task ManyClients_OneAtATime()
    {
        var counter = 0;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            await using var handle = await _locks.CreateClient().AcquireAsync(Key);
            var read = counter;
            await Task.Yield();
            counter = read + 1;
        })).InTimeAsync();

        Assert.Equal(50, counter);
    }

    [Fact]
    public async Task Waiter_IsSeen_AndHasTheLockThatIsLost()
    {
        await using var handle = await _locks.CreateClient().AcquireAsync(Key).InTimeAsync();
        var second = _locks.CreateClient().AcquireAsync(Key).AsTask();
        var info = await _locks.WhenAsync(Key, info => info.QueueLength == 1).InTimeAsync();
        Assert.Equal("client-1", info.Holder!.OwnerId);
        Assert.False(second.IsCompleted);

        await _locks.LoseAsync(Key).InTimeAsync();
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        await using var other = await second.InTimeAsync();
    }

    [Fact]
    public async Task Client_ThatIsCutOff_HasNoReply()
    {
        var client = _locks.CreateClient(static options => (options.UnavailableTimeout, options.AttemptTimeout) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100)));
        _locks.CutOff(client);
        await Assert.ThrowsAsync<LockUnavailableException>(() => client.AcquireAsync(Key).InTimeAsync());

        _locks.Reconnect(client);
        await using var handle = await client.AcquireAsync(Key).InTimeAsync();
    }

    [Fact]
    public async Task Condition_ThatThrows_FailsItsWait()
    {
        await Assert.ThrowsAsync<FormatException>(() => _locks.WhenAsync(Key, static _ => throw new FormatException()).InTimeAsync());
        using var giveUp = new CancellationTokenSource();
        var never = _locks.WhenAsync(Key, static _ => false, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never.InTimeAsync());
    }
}
