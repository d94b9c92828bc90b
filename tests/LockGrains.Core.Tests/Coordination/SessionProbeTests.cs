using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Whom a lock asks about the sessions that it is held under, and when: only while somebody wants it, and never more than it must.</summary>
public sealed class SessionProbeTests
{
    private readonly LockWorld _world = new();
    private readonly ScriptedProbe _probe = new();

    [Fact]
    public void Lock_ThatNobodyWants_AsksNobody()
    {
        var key = Activate();
        key.Under(A, Session(1));

        _world.Advance(Sec(100));
        Assert.Empty(_probe.Asks);
    }

    [Fact]
    public void Waiter_BehindASession_HasTheLockWhenThatIsOver()
    {
        var key = Activate();
        key.Under(A, Session(1));
        var call = key.Acquire(B, beats: Sec(6));
        var ask = Assert.Single(_probe.Asks);
        Assert.Equal((Session(1), Sec(20)), (ask.Session, ask.Wait));
        Assert.False(call.IsAnswered);

        _world.Together(() => ask.Answer(true));
        Assert.True(call.IsGranted);
        Assert.Equal([B], _world.Record.Holders.Select(lease => lease.LeaseId));
    }

    /// <summary>Told that its request is over, it would ask anew, under a session that is over.</summary>
    [Fact]
    public void Waiter_UnderTheSessionThatIsOver_IsToldSo()
    {
        var key = Activate();
        key.Under(A, Session(1));
        var call = key.Under(B, Session(1), beats: Sec(6));

        _world.Together(() => Assert.Single(_probe.Asks).Answer(true));
        Assert.Equal(DenyReason.SessionEnded, call.DenyReason);
        Assert.Equal(DenyReason.SessionEnded, key.Under(B, Session(1)).DenyReason);
    }

    [Fact]
    public void Session_OfTwoHolds_IsAskedOnce()
    {
        var key = Activate();
        key.Under(A, Session(1), mode: LockMode.Shared);
        key.Under(C, Session(1), mode: LockMode.Shared);
        key.Under(D, Session(2), mode: LockMode.Shared);
        var call = key.Acquire(B, beats: Sec(6));
        Assert.Equal([Session(1), Session(2)], _probe.Asks.Select(ask => ask.Session));

        _world.Together(() => _probe.Asks[0].Answer(true));
        Assert.False(call.IsAnswered);
        _world.Together(() => _probe.Asks[1].Answer(true));
        Assert.True(call.IsGranted);
    }

    [Fact]
    public void Session_FoundAlive_IsAskedAgainWhileSomebodyWaits()
    {
        var key = Activate();
        key.Under(A, Session(1));
        key.Acquire(B, beats: Sec(6));
        PassWithBeats(key, Sec(18));

        _world.Together(() => _probe.Asks[0].Answer(false));
        Assert.Equal(2, _probe.Asks.Count);
        Assert.Equal([A], key.Holders);
    }

    /// <summary>Whatever is said at once, though it was to wait, must not become a spin.</summary>
    [Fact]
    public void Session_FoundAliveAtOnce_IsAskedAgainAfterAPause()
    {
        var key = Activate();
        key.Under(A, Session(1));
        key.Acquire(B, beats: Sec(6));

        _world.Together(() => _probe.Asks[0].Answer(false));
        Assert.Single(_probe.Asks);
        _world.Advance(Ms(250));
        Assert.Equal(2, _probe.Asks.Count);
    }

    /// <summary>Nobody can say: then the lease of the hold is the end of it, and nothing else.</summary>
    [Fact]
    public void Trouble_IsNoEnd_AndIsAskedAgainLessAndLess()
    {
        var key = Activate();
        key.Under(A, Session(1));
        key.Acquire(B, beats: Sec(6));
        for (var beat = 0; beat < 10; beat++)
        {
            for (var passed = 0; passed < 6_000; passed += 250)
            {
                foreach (var ask in _probe.Asks.Where(ask => !ask.IsOver).ToArray())
                    _world.Together(ask.Fail);
                _world.Advance(Ms(250));
            }

            key.Beat(B);
        }

        Assert.Equal([A], key.Holders);
        Assert.InRange(_probe.Asks.Count, 8, 14);
    }

    [Fact]
    public void Waiter_ThatGivesUp_EndsTheAsking()
    {
        var key = Activate();
        key.Under(A, Session(1));
        key.Acquire(B);

        key.Cancel(B);
        Assert.True(_probe.Asks[0].IsCancelled);
        _world.Advance(Sec(100));
        Assert.Single(_probe.Asks);
    }

    [Fact]
    public void Waiter_AfterOneThatGaveUp_HasTheSessionAskedAgain()
    {
        var key = Activate();
        key.Under(A, Session(1));
        key.Acquire(B);
        key.Cancel(B);

        var call = key.Acquire(C, beats: Sec(6));
        _world.Together(() => Assert.Single(_probe.Waiting).Answer(true));
        Assert.True(call.IsGranted);
    }

    [Fact]
    public void Hold_ThatIsReleased_EndsTheAsking()
    {
        var key = Activate();
        key.Under(A, Session(1));
        key.Acquire(B);

        key.Release(A);
        Assert.True(_probe.Asks[0].IsCancelled);
    }

    [Fact]
    public void NewActivation_AsksForThoseWhoWaitThere()
    {
        var key = Activate();
        key.Under(A, Session(1));
        key.Kill();
        var next = Activate();

        var call = next.Acquire(B, beats: Sec(6));
        _world.Together(() => Assert.Single(_probe.Asks).Answer(true));
        Assert.True(call.IsGranted);
    }

    [Fact]
    public void Try_OfALockWhoseSessionIsOver_HasIt()
    {
        var key = Activate();
        key.Under(A, Session(1));
        var call = key.Try(B);
        Assert.False(call.IsAnswered);
        var ask = Assert.Single(_probe.Asks);
        Assert.Equal(TimeSpan.Zero, ask.Wait);

        _world.Together(() => ask.Answer(true));
        Assert.True(call.IsGranted);
    }

    [Fact]
    public void Try_OfALockWhoseSessionLives_IsBusy_AndNobodyIsAskedForAWhile()
    {
        var key = Activate();
        key.Under(A, Session(1));
        var call = key.Try(B);
        _world.Together(() => _probe.Asks[0].Answer(false));
        Assert.Equal(DenyReason.Busy, call.DenyReason);

        _world.Advance(Sec(2) - Instant);
        Assert.Equal(DenyReason.Busy, key.Try(C).DenyReason);
        Assert.Single(_probe.Asks);
        _world.Advance(Instant);
        Assert.False(key.Try(C).IsAnswered);
        Assert.Equal(2, _probe.Asks.Count);
    }

    [Fact]
    public void Try_WithoutWordOfTheSession_IsBusyAfterASecond()
    {
        var key = Activate();
        key.Under(A, Session(1));
        var call = key.Try(B);

        _world.Advance(Sec(1) - Instant);
        Assert.False(call.IsAnswered);
        _world.Advance(Instant);
        Assert.Equal(DenyReason.Busy, call.DenyReason);
        Assert.Equal(DenyReason.Busy, key.Try(C).DenyReason);

        _world.Together(() => _probe.Asks[0].Answer(true));
        Assert.True(key.Try(D).IsGranted);
    }

    [Fact]
    public void Try_InTrouble_IsBusyAtOnce_AndTheNextOneToo()
    {
        var key = Activate();
        key.Under(A, Session(1));
        var call = key.Try(B);
        _world.Together(() => _probe.Asks[0].Fail());

        Assert.Equal(DenyReason.Busy, call.DenyReason);
        Assert.Equal(DenyReason.Busy, key.Try(C).DenyReason);
        Assert.Single(_probe.Asks);
    }

    [Fact]
    public void Try_WithProofOfEachDenial_IsToldOnceOnly()
    {
        var key = Activate(new LockPolicy { ValidationAge = TimeSpan.Zero });
        key.Under(A, Session(1));
        var call = key.Try(B);

        _world.Together(() => _probe.Asks[0].Answer(false));
        Assert.Equal(DenyReason.Busy, call.DenyReason);
    }

    [Fact]
    public void Try_BehindAWaiter_IsBusyAtOnce()
    {
        var key = Activate();
        key.Under(A, Session(1));
        key.Acquire(B);

        Assert.Equal(DenyReason.Busy, key.Try(C).DenyReason);
    }

    [Fact]
    public void Try_WhoseCallerHasGone_IsGrantedNothing()
    {
        var key = Activate();
        key.Under(A, Session(1));
        using var gone = new CancellationTokenSource();
        var call = key.Under(B, Session(2), TimeSpan.Zero, cancellationToken: gone.Token);
        _world.Cancel(gone);
        Assert.True(call.IsCancelled);

        _world.Together(() => _probe.Asks[0].Answer(true));
        Assert.Empty(key.Holders);
    }

    [Fact]
    public void Try_OfAnActivationThatEnds_IsUnknown()
    {
        var key = Activate();
        key.Under(A, Session(1));
        var call = key.Try(B);

        key.Stop();
        Assert.True(call.IsUnknown);
    }

    [Fact]
    public void Lock_UnderNoSession_AsksNobody()
    {
        var key = Activate();
        key.Acquire(A, renews: false);

        key.Acquire(B);
        Assert.Equal(DenyReason.Busy, key.Try(C).DenyReason);
        Assert.Empty(_probe.Asks);
    }

    /// <summary>The call goes on after the request in whose step it begins: it is none of that one's affair.</summary>
    [Fact]
    public void Ask_KnowsNothingOfTheCallInWhoseStepItBegins()
    {
        var caller = new AsyncLocal<string?>();
        var seen = new List<string?>();
        _probe.OnAsk = () => seen.Add(caller.Value);
        var key = Activate();
        _world.Together(() =>
        {
            caller.Value = "a request";
            key.Under(A, Session(1));
            key.Acquire(B);
        });
        _world.Run();

        Assert.Equal([null], seen);
    }

    /// <summary>It decides nothing more, so whatever it is told it would ask again, without end.</summary>
    [Fact]
    public void Session_ThatIsOverWhileTheActivationEnds_IsNotAskedAgain()
    {
        var key = Activate();
        key.Under(A, Session(1));
        key.Acquire(B);
        var ask = Assert.Single(_probe.Asks);
        var gate = key.Store.HoldChunkWrites();
        _world.Advance(Ms(250));
        var stop = key.Stop();
        Assert.False(stop.IsCompleted);

        _world.Together(() => ask.AnswerIfOpen(true));
        _world.Advance(Sec(1));
        Assert.Single(_probe.Asks);
        _world.Open(gate);
        Assert.True(stop.IsCompletedSuccessfully);
    }

    private Activation Activate(LockPolicy? policy = null) => _world.Activate(policy, _probe);

    /// <summary>Time passes for a waiter that lives.</summary>
    private void PassWithBeats(Activation key, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Sec(6))
            _world.Beat(key, B, 1);
    }
}
