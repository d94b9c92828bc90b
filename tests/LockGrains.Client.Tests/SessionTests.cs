using System.Collections.Concurrent;
using LockGrains.Client.Tests.Fakes;
using LockGrains.TestKit;

namespace LockGrains.Client.Tests;

/// <summary>Who is told of the end of a session, and when, over a pool that begins nothing; and what a session knows of its holds.</summary>
public sealed class SessionTests : IDisposable
{
    private static readonly TimeSpan TellingMax = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<IThreadPoolWorkItem> _pool = new();
    private readonly ScriptedLockGrain _session = new();
    private readonly ScriptedLockGrain _grain = new();
    private readonly OrleansTransport _transport;
    private readonly LockClient _client;

    public SessionTests()
    {
        _session.Acquire.Otherwise = Replies.Granted();
        _grain.Acquire.Otherwise = Replies.Granted(validForSeconds: 600);
        _transport = new OrleansTransport(_ => _grain, getSession: _ => _session);
        _client = new LockClient(_transport, watch: new ThreadWatch(new AlarmClock(new MonitorSleeper()), _pool.Enqueue));
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The work stops by a token of its own, which a callback cancels. Once the release is sent, others may have the lock.</summary>
    [Fact]
    public async Task Dispose_TokensThatAreLinkedToItsHandles_AreCancelledBeforeTheReleaseIsSent()
    {
        var session = await _client.OpenSessionAsync();
        var handle = await session.AcquireAsync("k");
        using var work = CancellationTokenSource.CreateLinkedTokenSource(handle.HandleLostToken);
        var inTime = new ConcurrentQueue<bool>();
        var beganAt = TimeProvider.System.GetTimestamp();
        _session.Release.Add(_ => Note());
        _grain.Release.Add(_ => Note());

        await session.DisposeAsync();
        Assert.Equal([true, true], inTime);
        await work.Token.WhenCancelledAsync("the linked token");
        GC.KeepAlive(handle);

        // On a machine that gives the rescue no time it is sent all the same, when that is over.
        ValueTask<ReleaseReply> Note()
        {
            inTime.Enqueue(work.IsCancellationRequested || TimeProvider.System.GetElapsedTime(beganAt) >= TellingMax);
            return ValueTask.FromResult(Replies.Released);
        }
    }

    [Fact]
    public async Task Dispose_CallbackThatBlocks_KeepsTheLocksFromNobody()
    {
        using var blocked = new ManualResetEventSlim();
        var session = await _client.OpenSessionAsync();
        var handle = await session.AcquireAsync("k");
        await using var callback = handle.HandleLostToken.Register(blocked.Wait);
        try
        {
            await session.DisposeAsync().AsTask().OrTimeoutAsync("the end, beside a callback that blocks");
            Assert.Single(_session.Release.Calls);
        }
        finally
        {
            blocked.Set();
        }
    }

    /// <summary>Whoever hears of it from us finds the tokens cancelled.</summary>
    [Fact]
    public async Task Acquire_ToldThatTheSessionIsOver_HasTheTokensOfItsHandlesCancelled()
    {
        var session = await _client.OpenSessionAsync();
        var handle = await session.AcquireAsync("k");
        var lost = handle.HandleLostToken;
        _grain.Acquire.Reply(Replies.Denied(DenyReason.SessionEnded));

        await Assert.ThrowsAsync<LockSessionLostException>(() => session.AcquireAsync("other").AsTask());
        Assert.True(lost.IsCancellationRequested);
        GC.KeepAlive(handle);
    }

    [Fact]
    public async Task Acquire_OfWhatTheSessionHolds_SendsNothing()
    {
        var session = await _client.OpenSessionAsync();
        var handle = await session.AcquireAsync("k");

        Assert.Throws<LockDeadlockException>(() => { _ = session.AcquireAsync("k").AsTask(); });
        Assert.Throws<LockDeadlockException>(() => { _ = session.AcquireAllAsync(["j", "k"]).AsTask(); });
        Assert.Single(_grain.Acquire.Calls);

        // A try waits for nobody, and the silo says who holds the lock.
        _grain.Acquire.Reply(Replies.Denied(DenyReason.Busy));
        Assert.Null(await session.TryAcquireAsync("k"));
        GC.KeepAlive(handle);
    }

    [Fact]
    public async Task Acquire_OfWhatIsLost_IsNoDeadlock()
    {
        var session = await _client.OpenSessionAsync();
        var handle = await session.AcquireAsync("k");
        _grain.Verify.Reply(Replies.Verified(VerifyStatus.NotHeld));
        Assert.False(await handle.VerifyAsync());

        Assert.NotNull(await session.AcquireAsync("k"));
    }

    [Fact]
    public async Task Loss_OfASessionWhoseHandlesAloneAreWatched_HasThePoolAskedBefore()
    {
        _session.Acquire.Otherwise = Replies.Granted(validForSeconds: 0.6);
        _session.Renew.Otherwise = null;
        var session = await _client.OpenSessionAsync();
        var handle = await session.AcquireAsync("k");

        await handle.HandleLostToken.WhenCancelledAsync("the loss");
        Assert.Contains(_pool, static work => work is PoolPulse);
        GC.KeepAlive(session);
    }

    [Fact]
    public async Task Risk_OfASessionByTheClock_IsToldToItsHandlesWhateverThePoolDoes()
    {
        _session.Acquire.Otherwise = Replies.Granted(validForSeconds: 0.6);
        _session.Renew.Otherwise = null;
        var session = await _client.OpenSessionAsync();
        var handle = await session.AcquireAsync("k");

        await handle.AtRiskToken.WhenCancelledAsync("the risk");
        Assert.Contains(_pool, static work => work is Telling);
        GC.KeepAlive(session);
    }

    /// <summary>The machine slept through the lease of the session, and no timer has rung since.</summary>
    [Fact]
    public async Task LostToken_AskedForAfterTheLoss_IsCancelledThoughNoTimerHasRung()
    {
        var time = new ManualTimeProvider();
        var client = new LockClient(_transport, timeProvider: time, nextJitter: static () => 0);
        var session = await client.OpenSessionAsync();
        var handle = await session.AcquireAsync("k");
        time.Suspend(TestClient.Guaranteed);

        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.True(session.LostToken.IsCancellationRequested);
    }

    /// <summary>Its end looked for it among the holds of the session before it was there.</summary>
    [Fact]
    public async Task Holds_OneThatWasLostBeforeItCame_IsNotKept()
    {
        var test = new TestClient();
        var handle = await test.AcquireAsync();
        var holds = new SessionHolds(new TimerWatch(test.Time));
        test.Grain.Verify.Reply(Replies.Verified(VerifyStatus.NotHeld));
        Assert.False(await handle.VerifyAsync());

        Assert.True(holds.TryAdd(handle.Keeper));
        Assert.Equal(0, holds.Count);
    }
}
