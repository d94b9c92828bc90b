using System.Collections.Concurrent;

namespace LockGrains.Testing.Tests;

/// <summary>Sessions: one heartbeat for many locks, one loss for all of them, one end that frees all.</summary>
public sealed class SessionTests : IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly ILockClient _client;
    private readonly ILockClient _other;

    public SessionTests()
    {
        _locks = new InMemoryLocks(_clock);
        _client = _locks.CreateClient();
        _other = _locks.CreateClient();
    }

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task Locks_UnderASession_AreKeptForHours()
    {
        await using var session = await OpenAsync();
        var handles = await AcquireAsync(session, 20);
        await _clock.AdvanceAsync(TimeSpan.FromHours(2));

        Assert.All(handles, handle => handle.ThrowIfLost());
        Assert.False(session.IsLost);
        Assert.True(await handles[0].VerifyAsync().InTimeAsync());
        Assert.Null(await _other.TryAcquireAsync("key-7").InTimeAsync());
        Assert.Equal(session.Id, (await _other.GetInfoAsync("key-7").InTimeAsync()).Holder!.SessionId);
    }

    [Fact]
    public async Task Modes_UnderASession_AreThoseOfAnyHold()
    {
        await using var session = await OpenAsync();
        var reader = await session.AcquireAsync("r", options: new AcquireOptions { Mode = LockMode.Shared }).InTimeAsync();
        await using var second = await _other.TryAcquireSharedAsync("r").InTimeAsync();
        var permits = await session.AcquireAsync("p", options: new AcquireOptions { Mode = LockMode.Shared, Permits = 2, Limit = 3 }).InTimeAsync();
        var upgradeable = await session.AcquireAsync("u", options: new AcquireOptions { Mode = LockMode.Upgradeable }).InTimeAsync();

        Assert.Equal((LockMode.Shared, LockMode.Shared), (reader.Mode, second!.Mode));
        Assert.Equal([0, 1], permits.PermitNumbers.AsEnumerable());
        await upgradeable.UpgradeAsync().AsTask().InTimeAsync();
        Assert.Equal(LockMode.Exclusive, upgradeable.Mode);
    }

    [Fact]
    public async Task Session_ThatIsCutOff_LosesAllAtOnce_AndOnlyThenTheOthersHaveTheLocks()
    {
        var told = new ConcurrentQueue<string>();
        await using var session = await OpenAsync();
        var handles = await AcquireAsync(session, 3);
        session.LostToken.Register(() => told.Enqueue("session"));
        foreach (var handle in handles)
            handle.HandleLostToken.Register(() => told.Enqueue("handle"));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        var waiting = Enumerable.Range(0, 3).Select(number => _clock.RunAsync(async () =>
        {
            var next = await _other.AcquireAsync($"key-{number}");
            told.Enqueue("next");
            return next;
        })).ToArray();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        _locks.CutOff(_client);

        await _clock.AdvanceAsync(Lease + TimeSpan.FromSeconds(1));
        await Task.WhenAll(waiting).InTimeAsync();
        Assert.Equal("session", told.First());
        Assert.Equal(["handle", "handle", "handle"], told.Skip(1).Take(3));
        Assert.Equal(["next", "next", "next"], told.Skip(4));
        Assert.True(session.IsLost);
        Assert.All(handles, handle => Assert.Equal(EndReason.SessionEnded, Assert.Throws<LockLostException>(handle.ThrowIfLost).End));
        Assert.Equal(EndReason.Expired, Assert.Throws<LockSessionLostException>(session.ThrowIfOver).End);
    }

    [Fact]
    public async Task Session_AtRisk_TellsEachOfItsHandles()
    {
        await using var session = await OpenAsync();
        var handles = await AcquireAsync(session, 3);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.True(session.AtRiskToken.IsCancellationRequested);
        Assert.All(handles, handle => Assert.True(handle.AtRiskToken.IsCancellationRequested));
        Assert.All(handles, handle => Assert.False(handle.HandleLostToken.IsCancellationRequested));
        Assert.True(handles[0].Remaining <= session.Remaining);

        // Else its end would wait for a reply, on a clock that stands still.
        _locks.Reconnect(_client);
    }

    [Fact]
    public async Task Handle_GrantedAfterTheRiskOfItsSessionWasTold_IsToldToo()
    {
        await using var session = await OpenAsync();
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.True(session.AtRiskToken.IsCancellationRequested);
        _locks.Reconnect(_client);

        var handle = (await AcquireAsync(session, 1))[0];
        Assert.True(handle.AtRiskToken.IsCancellationRequested);
        handle.ThrowIfLost();
    }

    /// <summary>The hold's own lease lasts for ten minutes; the try asks after the session before it is refused.</summary>
    [Fact]
    public async Task Try_RightAfterTheSessionDied_HasTheLock()
    {
        var session = await OpenAsync();
        await AcquireAsync(session, 1);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);
        await _clock.AdvanceAsync(Lease + TimeSpan.FromSeconds(1));

        await using var next = await _other.TryAcquireAsync("key-0").InTimeAsync();
        Assert.NotNull(next);
    }

    [Fact]
    public async Task Dispose_FreesAll_AndItsHandlesAreLostBefore()
    {
        var told = new ConcurrentQueue<string>();
        var session = await OpenAsync();
        var handles = await AcquireAsync(session, 3);
        handles[0].HandleLostToken.Register(() => told.Enqueue("lost"));
        var waiting = _clock.RunAsync(async () =>
        {
            var next = await _other.AcquireAsync("key-0");
            told.Enqueue("next");
            return next;
        });
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));

        await session.DisposeAsync().AsTask().InTimeAsync();
        await waiting.InTimeAsync();
        Assert.Equal(["lost", "next"], told);
        Assert.All(handles, handle => Assert.Throws<LockLostException>(handle.ThrowIfLost));
        await using var second = await _other.TryAcquireAsync("key-1").InTimeAsync();
        Assert.NotNull(second);
        Assert.Equal(0, (await _other.GetSessionInfoAsync(session.Id).InTimeAsync()).HolderCount);
        Assert.False(session.LostToken.IsCancellationRequested);
        Assert.False(session.IsLost);
    }

    [Fact]
    public async Task Dispose_Twice_IsAsOnce()
    {
        var session = await OpenAsync();
        await session.DisposeAsync().AsTask().InTimeAsync();
        await session.DisposeAsync().AsTask().InTimeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.AcquireAsync("key").AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.TryAcquireAsync("key").AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.SetMetadataAsync(new byte[1]).AsTask());
        Assert.Throws<ObjectDisposedException>(session.ThrowIfOver);
    }

    [Fact]
    public async Task Dispose_WhileItWaits_EndsTheWait()
    {
        await using var holder = await _other.AcquireAsync("key").InTimeAsync();
        var session = await OpenAsync();
        var waiting = session.AcquireAsync("key").AsTask();
        await _locks.WhenAsync("key", info => info.QueueLength == 1).InTimeAsync();

        await session.DisposeAsync().AsTask().InTimeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.InTimeAsync());
        await _locks.WhenAsync("key", info => info.QueueLength == 0).InTimeAsync();
    }

    [Fact]
    public async Task Waiter_UnderASessionThatIsLost_WaitsNoMore()
    {
        await using var holder = await _other.AcquireAsync("key").InTimeAsync();
        await using var session = await OpenAsync();
        var waiting = session.AcquireAsync("key").AsTask();
        await _locks.WhenAsync("key", info => info.Waiters is [{ SessionId: not null }]).InTimeAsync();
        await _other.RevokeSessionAsync(session.Id).InTimeAsync();

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(5));
        var problem = await Assert.ThrowsAsync<LockSessionLostException>(() => waiting.InTimeAsync());
        Assert.Equal((session.Id, EndReason.Revoked), (problem.SessionId, problem.End));
        await _locks.WhenAsync("key", info => info.QueueLength == 0).InTimeAsync();
    }

    [Fact]
    public async Task Session_ThatIsOver_AcquiresNothing()
    {
        await using var session = await OpenAsync();
        await _other.RevokeSessionAsync(session.Id).InTimeAsync();
        await _clock.AdvanceAsync(Lease);

        Assert.True(session.IsLost);
        Assert.Equal(TimeSpan.Zero, session.Remaining);
        await Assert.ThrowsAsync<LockSessionLostException>(() => session.AcquireAsync("key").AsTask());
        await Assert.ThrowsAsync<LockSessionLostException>(() => session.TryAcquireAsync("key").AsTask());
        await Assert.ThrowsAsync<LockSessionLostException>(() => session.SetMetadataAsync(new byte[1]).AsTask());
    }

    [Fact]
    public async Task Revoked_OthersHaveItsLocksAtOnce_AndItLearnsOfItAtItsHeartbeat()
    {
        await using var session = await OpenAsync();
        var handles = await AcquireAsync(session, 2);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(RevokeStatus.Revoked, (await _other.RevokeSessionAsync(session.Id).InTimeAsync()).Status);
        await using var next = await _other.TryAcquireAsync("key-0").InTimeAsync();
        Assert.NotNull(next);
        Assert.False(session.LostToken.IsCancellationRequested);
        await _clock.AdvanceAsync(Lease / 3);
        Assert.True(session.LostToken.IsCancellationRequested);
        Assert.All(handles, handle => Assert.True(handle.HandleLostToken.IsCancellationRequested));
        Assert.Equal(RevokeStatus.NotHeld, (await _other.RevokeSessionAsync(session.Id).InTimeAsync()).Status);
    }

    [Fact]
    public async Task Upgrade_UnderASessionThatWasRevoked_IsLostWithIt()
    {
        await using var session = await OpenAsync();
        var handle = await session.AcquireAsync("u", options: new AcquireOptions { Mode = LockMode.Upgradeable }).InTimeAsync();
        await using var reader = await _other.TryAcquireSharedAsync("u").InTimeAsync();
        await _other.RevokeSessionAsync(session.Id).InTimeAsync();

        var problem = await Assert.ThrowsAsync<LockLostException>(() => handle.UpgradeAsync().AsTask().InTimeAsync());
        Assert.Equal(EndReason.SessionEnded, problem.End);
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.True(session.IsLost);
    }

    /// <summary>The first is released, and kept for the time that it was to be held for: no handle of it can be had.</summary>
    [Fact]
    public async Task TryGetHeld_OfSeveralHolds_PassesOverThoseThatAreOver()
    {
        await using var session = await OpenAsync();
        var shared = new AcquireOptions { Mode = LockMode.Shared };
        var kept = await session.AcquireAsync("key", options: shared with { HoldFor = TimeSpan.FromMinutes(1) }).InTimeAsync();
        var handle = await session.AcquireAsync("key", options: shared).InTimeAsync();
        Assert.Equal(ReleaseOutcome.Kept, await kept.ReleaseAsync().InTimeAsync());

        await using var second = session.TryGetHeld("key");
        Assert.Equal(handle.FencingToken, second?.FencingToken);
    }

    [Fact]
    public async Task TryGetHeld_GivesOneMoreHandle_AndTheLastEndsTheHold()
    {
        await using var session = await OpenAsync();
        var first = (await AcquireAsync(session, 1))[0];
        var second = session.TryGetHeld("key-0");

        Assert.NotNull(second);
        Assert.Equal(first.FencingToken, second.FencingToken);
        Assert.Equal(ReleaseOutcome.StillHeld, await first.ReleaseAsync().InTimeAsync());
        second.ThrowIfLost();
        Assert.Equal(ReleaseOutcome.Released, await second.ReleaseAsync().InTimeAsync());
        Assert.Null(session.TryGetHeld("key-0"));
        Assert.Null(session.TryGetHeld("another"));
        Assert.Throws<ArgumentException>(() => session.TryGetHeld(""));
    }

    [Fact]
    public async Task Hold_IsReleasedByItself_AsAnyHold()
    {
        await using var session = await OpenAsync();
        var handle = (await AcquireAsync(session, 1))[0];

        Assert.Equal(ReleaseOutcome.Released, await handle.ReleaseAsync().InTimeAsync());
        await using var next = await _other.TryAcquireAsync("key-0").InTimeAsync();
        Assert.NotNull(next);
        Assert.False(session.IsLost);
    }

    [Fact]
    public async Task Metadata_IsThereAsLongAsTheSession()
    {
        var session = await _client.OpenSessionAsync(new LockSessionOptions { OwnerId = "node-7", Metadata = "eu-1"u8.ToArray() }).InTimeAsync();
        var info = await _other.GetSessionInfoAsync(session.Id).InTimeAsync();
        Assert.Equal(("node-7", "eu-1"), (info.Holder!.OwnerId, info.Value!.Text));

        await session.SetMetadataAsync("eu-2"u8.ToArray()).AsTask().InTimeAsync();
        Assert.Equal("eu-2", (await _other.GetSessionInfoAsync(session.Id).InTimeAsync()).Value!.Text);
        await session.DisposeAsync().AsTask().InTimeAsync();
        Assert.Null((await _other.GetSessionInfoAsync(session.Id).InTimeAsync()).Value);
    }

    [Fact]
    public async Task Metadata_ThatIsTooLarge_IsRefused()
    {
        var large = new LockSessionOptions { Metadata = new byte[1_025] };
        var problem = await Assert.ThrowsAsync<ArgumentException>(() => _client.OpenSessionAsync(large).InTimeAsync());
        Assert.Contains("1024", problem.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => _client.OpenSessionAsync(large with { Metadata = new byte[16_385] }).AsTask());

        await using var session = await OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => session.SetMetadataAsync(new byte[1_025]).AsTask().InTimeAsync());
    }

    [Fact]
    public async Task Options_OutOfRange_ThrowAtOnce()
    {
        LockSessionOptions[] wrong =
        [
            new() { Lease = TimeSpan.Zero },
            new() { Lease = TimeSpan.FromSeconds(-1) },
            new() { Lease = TimeSpan.FromHours(25), HoldLease = TimeSpan.FromHours(26) },
            new() { Lease = Timeout.InfiniteTimeSpan },
            new() { HoldLease = TimeSpan.FromHours(25) },
            new() { HoldLease = TimeSpan.FromSeconds(14) },
            new() { LockDelay = TimeSpan.FromSeconds(61) },
            new() { LockDelay = TimeSpan.FromSeconds(-1) },
        ];
        foreach (var options in wrong)
            Assert.Equal("options", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _client.OpenSessionAsync(options).AsTask())).ParamName);
        await Assert.ThrowsAsync<ArgumentException>(() => _client.OpenSessionAsync(new LockSessionOptions { OwnerId = new string('x', 129) }).AsTask());
    }

    [Fact]
    public async Task Options_ThatAreTheSessionsAffair_AreRefused()
    {
        await using var session = await OpenAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => session.AcquireAsync("key", options: new AcquireOptions { LockDelay = TimeSpan.FromSeconds(1) }).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => session.TryAcquireAsync("key", options: new AcquireOptions { TimeToStop = TimeSpan.FromSeconds(1) }).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => session.AcquireAsync("").AsTask());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => session.AcquireAsync("key", TimeSpan.FromSeconds(-2)).AsTask());
    }

    [Fact]
    public async Task LockDelay_OfTheSession_KeepsItsLocksBack()
    {
        var session = await _client.OpenSessionAsync(new LockSessionOptions { LockDelay = TimeSpan.FromSeconds(30) }).InTimeAsync();
        await AcquireAsync(session, 1);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);

        await _clock.AdvanceAsync(Lease + TimeSpan.FromSeconds(10));
        Assert.True(session.IsLost);
        Assert.Null(await _other.TryAcquireAsync("key-0").InTimeAsync());
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(21));
        await using var next = await _other.TryAcquireAsync("key-0").InTimeAsync();
        Assert.NotNull(next);
    }

    [Fact]
    public async Task Client_ThatIsDisposed_LeavesItsSessionToItsLease()
    {
        var session = await OpenAsync();
        await AcquireAsync(session, 1);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _client.Dispose();

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Null(await _other.TryAcquireAsync("key-0").InTimeAsync());
        await _clock.AdvanceAsync(Lease);
        await using var next = await _other.TryAcquireAsync("key-0").InTimeAsync();
        Assert.NotNull(next);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _client.OpenSessionAsync().AsTask());
    }

    [Fact]
    public async Task NoSuchSession_CannotBeRevoked()
    {
        Assert.Equal(RevokeStatus.NotHeld, (await _client.RevokeSessionAsync("01234567-89ab-cdef-0123-456789abcdef").InTimeAsync()).Status);
        await Assert.ThrowsAsync<ArgumentException>(() => _client.RevokeSessionAsync("").AsTask());
    }

    private Task<LockSession> OpenAsync() => _client.OpenSessionAsync().InTimeAsync();

    private static async Task<LockHandle[]> AcquireAsync(LockSession session, int count)
    {
        var handles = new LockHandle[count];
        for (var number = 0; number < count; number++)
            handles[number] = await session.AcquireAsync($"key-{number}").InTimeAsync();
        return handles;
    }
}
