using Xunit;

namespace LockGrains.Simulation;

/// <summary>Locks that several hold, and holds that change in place, as the judge sees them.</summary>
public sealed class JudgeKindsTests
{
    private const int Key = 0;

    private static readonly Guid One = new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
    private static readonly Guid Two = new(2, 0, 0, [0, 0, 0, 0, 0, 0, 0, 2]);

    private readonly Judge _judge;
    private readonly ActivationFacts _activation = new() { Id = 1, Key = Key, Silo = 0 };
    private long _now;
    private int _calls;

    public JudgeKindsTests()
    {
        _judge = new Judge(JudgeTests.Promised(), () => _now, new Coverage());
        _judge.OnActivation(_activation);
        _judge.OnRead(_activation, read: null);
        _judge.OnLoaded(_activation, fenced: false, holders: [], ended: []);
    }

    private string? Rule => _judge.Violation?.Rule;

    [Theory]
    [InlineData(nameof(HoldMode.Shared), nameof(HoldMode.Shared), null)]
    [InlineData(nameof(HoldMode.Upgradeable), nameof(HoldMode.Shared), null)]
    [InlineData(nameof(HoldMode.Upgradeable), nameof(HoldMode.Upgradeable), "holders fit")]
    [InlineData(nameof(HoldMode.Exclusive), nameof(HoldMode.Shared), "holders fit")]
    [InlineData(nameof(HoldMode.Shared), nameof(HoldMode.Exclusive), "holders fit")]
    public void Holders_InOneRecord_MustFitTogether(string one, string two, string? rule)
    {
        Announce(One, Enum.Parse<HoldMode>(one));
        Announce(Two, Enum.Parse<HoldMode>(two));

        Commit(Hold(One, 1, Enum.Parse<HoldMode>(one)), Hold(Two, 2, Enum.Parse<HoldMode>(two)));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(nameof(HoldMode.Shared))]
    [InlineData(nameof(HoldMode.Exclusive))]
    public void Holder_TwiceInOneRecord_IsSeen(string mode)
    {
        Announce(One, Enum.Parse<HoldMode>(mode));

        Commit(Hold(One, 1, Enum.Parse<HoldMode>(mode)), Hold(One, 2, Enum.Parse<HoldMode>(mode)));

        Assert.Equal("holders fit", Rule);
    }

    [Theory]
    [InlineData(1, 3, 2, 3, null)]
    [InlineData(2, 3, 2, 3, "holders fit")]
    [InlineData(2, 3, 2, 0, null)]
    [InlineData(2, 0, 2, 3, "holders fit")]
    public void Permits_WithALimit_CountAllThatCameBefore(int permits, int limit, int nextPermits, int nextLimit, string? rule)
    {
        var first = new ShareFacts(One, 1, HoldMode.Shared) { Permits = permits, Limit = limit, Numbers = limit > 0 ? [.. Enumerable.Range(0, permits)] : [] };
        var next = new ShareFacts(Two, 2, HoldMode.Shared) { Permits = nextPermits, Limit = nextLimit, Numbers = nextLimit > 0 ? [.. Enumerable.Range(permits, nextPermits).Select(number => number % nextLimit)] : [] };
        Announce(One, HoldMode.Shared, permits, limit);
        Announce(Two, HoldMode.Shared, nextPermits, nextLimit);

        Commit(new HolderFacts(first, 0, 0, 1), new HolderFacts(next, 0, 0, 1));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(0, 0, "holders fit")]
    [InlineData(0, 1, null)]
    [InlineData(0, 3, "permits have numbers")]
    public void Numbers_OfPermitsWithALimit_AreEachOnesOwn(int one, int two, string? rule)
    {
        Announce(One, HoldMode.Shared, permits: 1, limit: 3);
        Announce(Two, HoldMode.Shared, permits: 1, limit: 3);

        Commit([.. new[] { (One, one), (Two, two) }.Select((hold, index) =>
            new HolderFacts(new ShareFacts(hold.Item1, index + 1, HoldMode.Shared) { Limit = 3, Numbers = [hold.Item2] }, 0, 0, 1))]);

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(nameof(HoldMode.Upgradeable), 5, 1, null)]
    [InlineData(nameof(HoldMode.Upgradeable), 1, 1, "upgraded token")]
    [InlineData(nameof(HoldMode.Upgradeable), 5, 0, "only an upgradeable one")]
    [InlineData(nameof(HoldMode.Shared), 5, 1, "only an upgradeable one")]
    public void Upgrade_DrawsALargerTokenForAnUpgradeableHold(string mode, long token, int change, string? rule)
    {
        Announce(One, Enum.Parse<HoldMode>(mode));
        Commit(Hold(One, 1, Enum.Parse<HoldMode>(mode)));

        Commit(Hold(One, token, HoldMode.Exclusive, change));

        Assert.Equal(rule, Rule);
    }

    [Fact]
    public void Change_WithASmallerNumberThanTheLast_IsLate()
    {
        Announce(One, HoldMode.Exclusive);
        Commit(Hold(One, 1, HoldMode.Upgradeable, change: 2));

        Commit(Hold(One, 1, HoldMode.Shared, change: 1));

        Assert.Equal("late change", Rule);
    }

    [Fact]
    public void Change_ThatIsAnsweredAndNotNoted_IsWrong()
    {
        Announce(One, HoldMode.Exclusive);
        Commit(Hold(One, 1, HoldMode.Exclusive, change: 1));

        Ask(CallKind.Upgrade, One, new AnswerFacts(AnswerKind.Granted, 1) { Change = 1 }, change: 3);

        Assert.Equal("change noted", Rule);
    }

    [Theory]
    [InlineData(1, "given up is given up")]
    [InlineData(2, null)]
    public void Upgrade_WhoseEndWasConfirmed_IsNotCarriedOutAnyMore(int change, string? rule)
    {
        Announce(One, HoldMode.Upgradeable);
        Commit(Hold(One, 1, HoldMode.Upgradeable));
        Ask(CallKind.Upgrade, One, new AnswerFacts(AnswerKind.TimedOut), change: 1);

        Commit(Hold(One, 5, HoldMode.Exclusive, change));

        Assert.Equal(rule, Rule);
    }

    /// <summary>The end of the first hold was forgotten, and late copies of the acquire and of the upgrade came after that.</summary>
    [Fact]
    public void UpgradeThatWasGivenUp_OfAHoldGrantedAnew_IsAnotherOne()
    {
        Announce(One, HoldMode.Upgradeable);
        Commit(Hold(One, 1, HoldMode.Upgradeable));
        Ask(CallKind.Upgrade, One, new AnswerFacts(AnswerKind.TimedOut), change: 1);
        Commit();
        Deliver(CallKind.Acquire, One);
        Commit(Hold(One, 11, HoldMode.Upgradeable));

        Commit(Hold(One, 12, HoldMode.Exclusive, change: 1));

        Assert.Null(Rule);
    }

    [Fact]
    public void CancelOfAnUpgrade_ThatLeavesTheHoldExclusive_IsWrong()
    {
        Announce(One, HoldMode.Upgradeable);
        Commit(Hold(One, 1, HoldMode.Upgradeable));
        var delivery = Deliver(CallKind.CancelUpgrade, One, change: 1);
        Commit(Hold(One, 5, HoldMode.Exclusive, change: 1));

        Answer(delivery, new AnswerFacts(AnswerKind.Changed, 5) { Change = 1 });

        Assert.Equal("given up is given up", Rule);
    }

    /// <summary>
    /// A copy of the first upgrade came late, after its client was told that the lock is busy. The second got nothing, so giving it up takes nothing; but
    /// the first one must not be given up, nor come after the second was.
    /// </summary>
    [Theory]
    [InlineData(false, false, null)]
    [InlineData(true, false, "given up is given up")]
    [InlineData(false, true, "late change")]
    public void CancelOfASecondUpgrade_OfAHoldThatIsExclusiveByTheFirst_TakesNothing(bool isFirstOver, bool isFirstLate, string? rule)
    {
        Announce(One, HoldMode.Upgradeable);
        Commit(Hold(One, 1, HoldMode.Upgradeable));
        if (isFirstLate)
        {
            Commit(Hold(One, 1, HoldMode.Upgradeable, change: 2));
            Ask(CallKind.CancelUpgrade, One, new AnswerFacts(AnswerKind.Changed, 1) { Change = 2, Mode = HoldMode.Upgradeable }, change: 2);
        }

        Commit(Hold(One, 5, HoldMode.Exclusive, change: 1));
        if (isFirstOver)
            Ask(CallKind.Upgrade, One, new AnswerFacts(AnswerKind.TimedOut), change: 1);

        Commit(Hold(One, 5, HoldMode.Exclusive, change: 2));
        if (!isFirstLate)
            Ask(CallKind.CancelUpgrade, One, new AnswerFacts(AnswerKind.Changed, 5) { Change = 2 }, change: 2);

        Assert.Equal(rule, Rule);
    }

    /// <summary>The end of the first hold was forgotten, and a late copy of the acquire brought it back: that one was not upgraded.</summary>
    [Theory]
    [InlineData(nameof(HoldMode.Exclusive), null)]
    [InlineData(nameof(HoldMode.Upgradeable), "given up is given up")]
    public void LateCancelOfAnUpgrade_OfAHoldGrantedAnew_FindsNothingToGiveBack(string asked, string? rule)
    {
        Announce(One, Enum.Parse<HoldMode>(asked));
        Deliver(CallKind.Acquire, One);
        var delivery = Deliver(CallKind.CancelUpgrade, One, change: 2);
        Commit(Hold(One, 1, HoldMode.Exclusive, change: 2));
        _judge.OnEvent(_activation, Told(EventKind.Granted, One, token: 1));

        Answer(delivery, new AnswerFacts(AnswerKind.Changed, 1) { Change = 2 });

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(false, "upgrade before queue")]
    [InlineData(true, null)]
    public void Grant_WhileAnUpgradeWaits_IsWrong(bool isOver, string? rule)
    {
        Announce(One, HoldMode.Upgradeable);
        Announce(Two, HoldMode.Shared);
        Commit(Hold(One, 1, HoldMode.Upgradeable));
        Ask(CallKind.Upgrade, One, new AnswerFacts(AnswerKind.Queued, Place: 1), change: 1);
        if (isOver)
            _judge.OnEvent(_activation, Told(EventKind.UpgradeEnded, One) with { End = EndKind.TimedOut });

        Deliver(CallKind.Acquire, Two);
        Commit(Hold(One, 1, HoldMode.Upgradeable), Hold(Two, 2, HoldMode.Shared));
        _judge.OnEvent(_activation, Told(EventKind.Granted, Two, token: 2));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(nameof(HoldMode.Shared), false, "handed over")]
    [InlineData(nameof(HoldMode.Shared), true, null)]
    [InlineData(nameof(HoldMode.Exclusive), false, null)]
    public void Waiter_ThatIsThereAndFits_IsNotKeptWaiting(string mode, bool upgradeWaits, string? rule)
    {
        Announce(One, HoldMode.Upgradeable);
        Announce(Two, Enum.Parse<HoldMode>(mode));
        Commit(Hold(One, 1, HoldMode.Upgradeable));
        if (upgradeWaits)
            Deliver(CallKind.Upgrade, One, change: 1);
        Deliver(CallKind.Acquire, Two);
        _judge.OnEvent(_activation, Told(EventKind.Queued, Two, ticket: 1));
        _now++;

        Commit(Hold(One, 1, HoldMode.Upgradeable));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(true, "all are revoked")]
    [InlineData(false, null)]
    public void Revocation_EndsAllHolds(bool leavesOne, string? rule)
    {
        Announce(One, HoldMode.Shared);
        Announce(Two, HoldMode.Shared);
        Commit(Hold(One, 1, HoldMode.Shared), Hold(Two, 2, HoldMode.Shared));
        _now++;
        var delivery = Deliver(CallKind.Revoke, Guid.Empty);
        HolderFacts[] left = leavesOne ? [Hold(Two, 2, HoldMode.Shared)] : [];
        Commit(left);

        Answer(delivery, new AnswerFacts(AnswerKind.Ended, 2, End: EndKind.Revoked));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(nameof(AnswerKind.Granted), "one id, one owner")]
    [InlineData(nameof(AnswerKind.Invalid), null)]
    public void Request_UnderTheIdOfAnotherOwnersHold_IsRefused(string answer, string? rule)
    {
        Announce(One, HoldMode.Exclusive);
        Commit(Hold(One, 1, HoldMode.Exclusive));
        _now++;

        Answer(Deliver(CallKind.Acquire, One, isForeign: true), new AnswerFacts(Enum.Parse<AnswerKind>(answer), 1));

        Assert.Equal(rule, Rule);
    }

    [Fact]
    public void Request_UnderAnIdThatWasKnownNoMore_HoldsAsThatOfAnotherOwner()
    {
        Announce(One, HoldMode.Exclusive);
        Commit(Hold(One, 1, HoldMode.Exclusive) with { IsForeign = true });
        _now++;

        Answer(Deliver(CallKind.Acquire, One, isForeign: true), new AnswerFacts(AnswerKind.Granted, 1));

        Assert.Null(Rule);
    }

    [Theory]
    [InlineData(false, "timed exclusion")]
    [InlineData(true, null)]
    public void Beliefs_AtOneTime_MustFitTogether(bool givesBack, string? rule)
    {
        Announce(One, HoldMode.Exclusive);
        Announce(Two, HoldMode.Shared);
        _judge.OnBelief(new ShareFacts(One, 1), until: 100);
        if (givesBack)
            _judge.OnBelief(new ShareFacts(One, 1, HoldMode.Shared), until: 100);

        _judge.OnBelief(new ShareFacts(Two, 2, HoldMode.Shared), until: 100);

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(2, true, null)]
    [InlineData(2, false, "live is not refused")]
    [InlineData(5, true, "fenced exclusion")]
    [InlineData(5, false, null)]
    public void Reader_IsRefusedOnlyAfterALaterWriter(long written, bool accepted, string? rule)
    {
        Announce(One, HoldMode.Exclusive);
        Announce(Two, HoldMode.Shared);
        var reader = new ShareFacts(Two, 3, HoldMode.Shared);
        _judge.OnUse(Key, new ShareFacts(One, written), accepted: true);
        if (written < reader.Token)
            _judge.OnBelief(reader, until: 100);

        _judge.OnUse(Key, reader, accepted);

        Assert.Equal(rule, Rule);
    }

    [Fact]
    public void Permit_UsedAfterItsNextHolder_IsFencedByItsNumber()
    {
        _judge.OnUse(Key, new ShareFacts(Two, 5, HoldMode.Shared) { Limit = 2, Numbers = [1] }, accepted: true);
        _judge.OnUse(Key, new ShareFacts(One, 3, HoldMode.Shared) { Limit = 2, Numbers = [0] }, accepted: true);
        Assert.Null(Rule);

        _judge.OnUse(Key, new ShareFacts(One, 3, HoldMode.Shared) { Limit = 2, Numbers = [1] }, accepted: true);

        Assert.Equal("fenced permits", Rule);
    }

    private void Announce(Guid lease, HoldMode mode, int permits = 1, int limit = 0) => _judge.OnAttempt(new AttemptFacts
    {
        Lease = lease,
        Key = Key,
        Duration = TimeSpan.TicksPerSecond,
        Renews = true,
        FirstSentAt = _now,
        Mode = mode,
        Permits = permits,
        Limit = limit,
    });

    private static HolderFacts Hold(Guid lease, long token, HoldMode mode, int change = 0) => new(new ShareFacts(lease, token, mode), change, GrantedAtWall: 0, Term: 1);

    private void Commit(params HolderFacts[] holders) => _judge.OnCommitted(_activation, new CommitFacts(
        Epoch: 1,
        LastToken: holders.Select(holder => holder.Token).DefaultIfEmpty(10).Max(),
        LastTokenAtWall: 0,
        holders,
        FirstTicket: 1,
        NextTicket: 2,
        CommittedTail: 2,
        Ended: [],
        Chunks: 0,
        Bytes: 100));

    private void Ask(CallKind kind, Guid lease, AnswerFacts answer, int change = 0) => Answer(Deliver(kind, lease, change), answer);

    private Delivery Deliver(CallKind kind, Guid lease, int change = 0, bool isForeign = false)
    {
        var call = new CallFacts
        {
            Id = ++_calls,
            Key = Key,
            Lease = lease,
            Kind = kind,
            SentAt = _now,
            Wait = -1,
            Slice = TimeSpan.TicksPerSecond,
            Change = change,
            IsForeign = isForeign,
        };
        _judge.OnSent(call);
        return _judge.OnDelivered(_activation, call);
    }

    private void Answer(Delivery delivery, AnswerFacts answer) => _judge.OnAnswered(_activation, delivery, answer);

    private EventFacts Told(EventKind kind, Guid lease, long token = 0, long ticket = 0) =>
        new(kind, lease, token, ticket, EndKind.None, Wall: 0, Term: TimeSpan.TicksPerSecond) { DecidedAt = _now };
}
