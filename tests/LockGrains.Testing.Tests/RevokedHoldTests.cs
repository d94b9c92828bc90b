namespace LockGrains.Testing.Tests;

/// <summary>A hold under a session that somebody revokes, and not its session.</summary>
public sealed class RevokedHoldTests : IAsyncDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly ILockClient _client;
    private readonly ILockClient _other;

    public RevokedHoldTests()
    {
        _locks = new InMemoryLocks(_clock);
        _client = _locks.CreateClient();
        _other = _locks.CreateClient();
    }

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task Hold_LearnsOfItWithTheNextHeartbeatOfItsSession_AndTheOthersGoOn()
    {
        await using var session = await _client.OpenSessionAsync().InTimeAsync();
        var handle = await session.AcquireAsync("a").InTimeAsync();
        var another = await session.AcquireAsync("b").InTimeAsync();
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(RevokeStatus.Revoked, (await _other.RevokeAsync("a").InTimeAsync()).Status);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);

        await _clock.AdvanceAsync(Heartbeat);
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.Equal(EndReason.Revoked, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
        another.ThrowIfLost();
        Assert.False(session.IsLost);
    }

    /// <summary>The word names a key, and the lock says whose hold is over.</summary>
    [Fact]
    public async Task Hold_ThatCameAfterTheOneThatWasRevoked_IsNotLost()
    {
        await using var session = await _client.OpenSessionAsync().InTimeAsync();
        var revoked = await session.AcquireAsync("a", options: new AcquireOptions { Mode = LockMode.Shared }).InTimeAsync();
        var kept = await session.AcquireAsync("a", options: new AcquireOptions { Mode = LockMode.Shared }).InTimeAsync();
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        await _other.RevokeAsync("a", revoked.FencingToken).InTimeAsync();

        await _clock.AdvanceAsync(3 * Heartbeat);
        Assert.True(revoked.HandleLostToken.IsCancellationRequested);
        kept.ThrowIfLost();
    }

    [Fact]
    public async Task Hold_WhoseSessionIsCutOffThen_LearnsOfItLater()
    {
        await using var session = await _client.OpenSessionAsync().InTimeAsync();
        var handle = await session.AcquireAsync("a").InTimeAsync();
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);
        await _other.RevokeAsync("a").InTimeAsync();
        await _clock.AdvanceAsync(Heartbeat);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);

        _locks.Reconnect(_client);
        await _clock.AdvanceAsync(2 * Heartbeat);
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.False(session.IsLost);
    }
}
