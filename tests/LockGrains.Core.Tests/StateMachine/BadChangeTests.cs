using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Upgrades and downgrades that break a rule: each is answered with parameter, value and range, and changes nothing.</summary>
public sealed class BadChangeTests
{
    public static TheoryData<LockCommand.Upgrade, string[]> Upgrades => new()
    {
        { new LockCommand.Upgrade(A, 0, Sec(1)), ["Change is 0;", "1 or more", "larger than that of the change before"] },
        { new LockCommand.Upgrade(A, -1, Sec(1)), ["Change is -1;", "1 or more"] },
        { new LockCommand.Upgrade(A, 1, Ms(-2)), ["Wait is -2ms;", "0 or more"] },
        { new LockCommand.Upgrade(A, 1, Forever), ["Wait is infinite;", "not infinite", "nobody else is granted the lock"] },
        { new LockCommand.Upgrade(A, 1, Sec(1), TimeSpan.Zero), ["Slice is 0;", "more than 0"] },
        { new LockCommand.Upgrade(A, 1, Sec(1), Sec(-1)), ["Slice is -1s;", "more than 0"] },
        { new LockCommand.Upgrade(A, 1, Sec(1), Beats: TimeSpan.Zero), ["BeatPeriod is 0;", "at most 6s"] },
        { new LockCommand.Upgrade(A, 1, Sec(1), Beats: Sec(6.001)), ["BeatPeriod is 6.001s;", "at most 6s", "PresenceWindow"] },
    };

    [Theory]
    [MemberData(nameof(Upgrades))]
    public void Upgrade_ThatBreaksARule_IsRefusedNamingItAndChangesNothing(LockCommand.Upgrade upgrade, string[] says)
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        AssertRefused(key, upgrade, says);
        key.Share(B);
        AssertRefused(key, upgrade, says);
    }

    [Fact]
    public void Upgrade_AtEveryBound_IsGood()
    {
        LockCommand.Upgrade[] upgrades =
        [
            new(A, 1, TimeSpan.Zero), new(A, int.MaxValue, Sec(1)), new(A, 1, TimeSpan.MaxValue), new(A, 1, Sec(1), Instant), new(A, 1, Sec(1), TimeSpan.MaxValue),
            new(A, 1, Sec(1), Beats: Instant), new(A, 1, Sec(1), Beats: Sec(6)),
        ];
        Assert.All(upgrades, upgrade =>
        {
            var key = new LockUnderTest();
            key.ShareToUpgrade(A);
            Assert.IsType<LockReply.Granted>(key.Do(upgrade));
        });
    }

    [Theory]
    [InlineData(LockMode.Shared, LockMode.Upgradeable, 1, "Mode is Upgradeable; it must be a part of Shared, which is held.")]
    [InlineData(LockMode.Shared, LockMode.Exclusive, 1, "Mode is Exclusive; it must be a part of Shared, which is held.")]
    [InlineData(LockMode.Upgradeable, LockMode.Exclusive, 1, "Mode is Exclusive; it must be a part of Upgradeable, which is held.")]
    [InlineData(LockMode.Shared, LockMode.Shared, 4, "Permits is 4; it must be from 1 to 3, which are held.")]
    [InlineData(LockMode.Exclusive, LockMode.Shared, 2, "Permits is 2; it must be from 1 to 1, which are held.")]
    [InlineData(LockMode.Upgradeable, LockMode.Shared, 2, "Permits is 2; it must be from 1 to 1, which are held.")]
    [InlineData(LockMode.Exclusive, LockMode.Upgradeable, 2, "Permits is 2 and Mode is Upgradeable; only a shared hold takes more than one permit.")]
    [InlineData(LockMode.Shared, LockMode.Shared, 0, "Permits is 0; it must be from 1 to 1000000.")]
    [InlineData(LockMode.Shared, LockMode.Shared, -1, "Permits is -1; it must be from 1 to 1000000.")]
    [InlineData(LockMode.Shared, LockMode.Shared, 1_000_001, "Permits is 1000001; it must be from 1 to 1000000.")]
    [InlineData(LockMode.Exclusive, LockMode.None, 1, "Mode is None; it must be Exclusive, Shared or Upgradeable.")]
    [InlineData(LockMode.Exclusive, (LockMode)77, 1, "Mode is 77; it must be Exclusive, Shared or Upgradeable.")]
    public void Downgrade_ToMoreThanIsHeld_IsRefusedNamingItAndChangesNothing(LockMode held, LockMode mode, int permits, string problem)
    {
        var key = new LockUnderTest();
        key.Ask(A, held, held == LockMode.Shared ? 3 : 1);

        AssertRefused(key, new LockCommand.Downgrade(A, 1, mode, permits), [problem]);
        Assert.Equal((held, 0), (key.Hold(A).Mode, key.Hold(A).Change));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Downgrade_WithoutANumber_IsRefusedAndChangesNothing(int change)
    {
        var key = new LockUnderTest();
        key.Acquire(A);

        AssertRefused(key, new LockCommand.Downgrade(A, change, LockMode.Shared), [$"Change is {change};", "1 or more", "larger than that of the change before"]);
    }

    [Theory]
    [InlineData(LockMode.Exclusive, 1)]
    [InlineData(LockMode.Upgradeable, 1)]
    [InlineData(LockMode.Shared, 3)]
    public void Downgrade_ToAllThatIsHeld_IsGood(LockMode mode, int permits)
    {
        var key = new LockUnderTest();
        key.Ask(A, mode, permits);

        var lease = Assert.IsType<LockReply.Changed>(key.Downgrade(A, 1, mode, permits)).Lease;

        Assert.Equal((mode, permits, 1), (lease.Mode, lease.Permits, lease.Change));
    }

    private static void AssertRefused(LockUnderTest key, LockCommand command, string[] says)
    {
        var state = key.State;

        var denied = Assert.IsType<LockReply.Denied>(key.Do(command));

        Assert.Equal(DenyReason.Invalid, denied.Reason);
        Assert.All(says, part => Assert.Contains(part, denied.Detail!, StringComparison.Ordinal));
        Assert.Same(state, key.State);
        Assert.Equal(AnswerAfter.Decision, key.Last.After);
    }
}
