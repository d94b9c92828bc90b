using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>The assertions that stay on in release builds: each is shown a state that must never be, and says so.</summary>
public sealed class InvariantTests
{
    [Fact]
    public void TwoHolders_AreAViolation() => AssertViolation("those who hold may do so side by side", key =>
        key.State = key.State with { Holders = [key.State.Holders[0], HeldBy(key.State.Holders[0], D)] });

    [Theory]
    [InlineData(LockMode.Exclusive, LockMode.Shared)]
    [InlineData(LockMode.Shared, LockMode.Exclusive)]
    [InlineData(LockMode.Upgradeable, LockMode.Upgradeable)]
    public void HoldersThatDoNotGoTogether_AreAViolation(LockMode first, LockMode second) =>
        AssertViolation("those who hold may do so side by side", key => key.State = key.State with
        {
            Holders = [HeldBy(key.State.Holders[0], A, first), HeldBy(key.State.Holders[0], D, second)],
        });

    [Fact]
    public void PermitNumberThatTwoHave_IsAViolation() => AssertViolation("no two have one permit number", key => key.State = key.State with
    {
        Holders = [HeldBy(key.State.Holders[0], A, LockMode.Shared, 0, 1), HeldBy(key.State.Holders[0], D, LockMode.Shared, 1)],
    });

    [Theory]
    [InlineData(LockMode.Exclusive)]
    [InlineData(LockMode.Shared)]
    public void UpgradeThatWaitsForAHoldOfAnotherMode_IsAViolation(LockMode mode) =>
        AssertViolation("an upgrade waits only for an upgradeable hold", key => key.State = key.State with
        {
            Holders = mode == LockMode.Exclusive
                ? [HeldBy(key.State.Holders[0], A, mode)]
                : [HeldBy(key.State.Holders[0], A, mode), HeldBy(key.State.Holders[0], D, mode)],
            Upgrade = UpgradeOf(A),
        });

    [Fact]
    public void UpgradeOfOneThatDoesNotHold_IsAViolation() =>
        AssertViolation("an upgrade waits only for an upgradeable hold", key => key.State = key.State with { Upgrade = UpgradeOf(D) });

    [Fact]
    public void HolderWhoWaits_IsAViolation() => AssertViolation("who holds does not wait", key =>
        key.State = key.State with { Holders = [HeldBy(key.State.Holders[0], B)] });

    [Fact]
    public void HolderWithATokenThatWasNotDrawn_IsAViolation() => AssertViolation("no holder has a token that was not drawn", key =>
        key.State = key.State with { LastToken = new FencingToken(1) });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EphemeralValueOfOneThatDoesNotHold_IsAViolation(bool waits) => AssertViolation("a value that ends with its hold has one", key =>
        key.State = key.State with { Data = DataSetBy(waits ? B : D, long.MaxValue) });

    [Fact]
    public void KeptValueOfOneThatDoesNotHold_OrAnEphemeralOneOfAHolder_IsNoViolation()
    {
        var key = WithQueue();
        foreach (var data in new[] { DataSetBy(D, long.MaxValue - 1), DataSetBy(A, long.MaxValue) })
        {
            key.State = key.State with { Data = data };
            key.Tick();
            Assert.Same(data, key.State.Data);
        }
    }

    [Fact]
    public void FreeLockWithAWaiterThatIsThere_IsNotAViolationBecauseItIsHandedOver()
    {
        var key = WithQueue();
        key.State = key.State with { Holders = [] };

        key.Tick();

        Assert.Equal(B, key.Holder);
    }

    [Fact]
    public void TokensUsedUp_AreAViolationAndNotARepetition() => AssertViolation("a larger fencing token exists", key =>
    {
        key.State = key.State with { Holders = [], LastToken = new FencingToken(FencingToken.MaxValue) };
    });

    [Fact]
    public void QueueLongerThanItsLimit_IsNotMadeByAnyCommand()
    {
        var key = new LockUnderTest(new LockPolicy { QueueLimit = 1 });
        key.Acquire(A);
        for (var number = 0; number < 10; number++)
            key.Acquire(Of(number));

        Assert.Single(key.Waiting);
    }

    [Fact]
    public void Violation_SaysTheSentenceThatShouldBeTrue()
    {
        var violation = Assert.Throws<InvariantViolationException>(() => InvariantViolationException.ThrowUnless(false, "the sky is blue"));

        Assert.Equal("Lock invariant violated: the sky is blue.", violation.Message);
        InvariantViolationException.ThrowUnless(true, "the sky is blue");
    }

    private static KeyData DataSetBy(LeaseId leaseId, long keptUntil) => new() { ValueVersion = 1, Value = new KeyValue([1], leaseId, keptUntil) };

    private static Lease HeldBy(Lease lease, LeaseId leaseId, LockMode mode, params int[] numbers) =>
        HeldBy(lease, leaseId) with { Extent = new HoldExtent(mode, 1, [.. numbers], Change: 0) };

    /// <summary>One that is not there, so that it is not granted.</summary>
    private static Waiter UpgradeOf(LeaseId leaseId) =>
        new() { Ticket = 0, Request = new LockRequest(leaseId, "", LockMode.Exclusive, Sec(30), true), Change = 1, PresentUntil = Sec(200) };

    private static Lease HeldBy(Lease lease, LeaseId leaseId) => lease with { Request = lease.Request with { LeaseId = leaseId } };

    private static void AssertViolation(string sentence, Action<LockUnderTest> corrupt)
    {
        var key = WithQueue();
        corrupt(key);
        var state = key.State;

        var violation = Assert.Throws<InvariantViolationException>(() => key.Tick());

        Assert.Contains(sentence, violation.Message, StringComparison.Ordinal);
        Assert.Same(state, key.State);
    }

    private static LockUnderTest WithQueue()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);
        key.Wait(Sec(1));
        return key;
    }
}
