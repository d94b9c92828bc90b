using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>The lock-delay: how long nobody else is granted a lock whose lease ran out without a release.</summary>
public sealed class LockDelayTests
{
    private static readonly LockPolicy Policy = new() { PresenceWindow = Sec(20), MaxClockSkew = Sec(2), RestartsMax = 1 };

    private readonly LockUnderTest _key = new(Policy);

    [Fact]
    public void LeaseThatRanOut_IsHandedOnAfterItsDelay()
    {
        Granted(A, lease: 30, delay: 15);
        _key.Acquire(B, beats: Sec(3));

        PassWithBeats(Sec(44), B);
        Assert.Equal(A, _key.Holder);
        PassWithBeats(Sec(2), B);
        Assert.Equal(B, _key.Holder);
    }

    [Fact]
    public void Lease_IsPromisedWithoutItsDelay()
    {
        var lease = Granted(A, lease: 30, delay: 15);

        Assert.Equal((_key.Now.Monotonic + Sec(30), _key.Now.Monotonic + Sec(45)), (lease.PromisedUntil, lease.ExpiresAt));
        Assert.Equal(_key.Now.UnixMilliseconds + 30_000, lease.ExpiresAtUnixMilliseconds);
        Assert.Equal(_key.Now.Monotonic + Sec(45), _key.NextDeadline);
    }

    [Fact]
    public void FirstLease_HasTheDelayToo()
    {
        Granted(A, lease: 30, delay: 15, renews: true);
        _key.Pass(Sec(19));
        Assert.Equal(A, _key.Holder);

        _key.Pass(Sec(1));
        Assert.Null(_key.Holder);
    }

    [Fact]
    public void Renewal_InTheDelay_KeepsTheLock()
    {
        Granted(A, lease: 30, delay: 15);
        _key.Pass(Sec(40));

        Assert.IsType<LockReply.Renewed>(_key.Renew(A));
        Assert.Equal(_key.Now.Monotonic + Sec(45), _key.Hold(A).ExpiresAt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReleaseOrRevocation_HandsOverAtOnce(bool isRevoked)
    {
        Granted(A, lease: 30, delay: 15);
        _key.Acquire(B);

        _ = isRevoked ? _key.Revoke() : _key.Release(A);

        Assert.Equal(B, _key.Holder);
    }

    /// <summary>Its owner has stopped, and says so: there is nothing to wait for any more.</summary>
    [Fact]
    public void Release_InTheDelay_HandsOverAtOnce()
    {
        Granted(A, lease: 30, delay: 15);
        PassWithBeats(Sec(28), A);
        _key.Acquire(B, beats: Sec(3));
        PassWithBeats(Sec(7), B);
        Assert.Equal(A, _key.Holder);

        Assert.IsType<LockReply.Ended>(_key.Release(A));
        Assert.Equal(B, _key.Holder);
    }

    [Fact]
    public void Restored_HasTheDelayStill()
    {
        Granted(A, lease: 30, delay: 15);
        _key.Pass(Sec(40));
        _key.Restore();

        Assert.Equal((_key.Now.Monotonic + Sec(30), _key.Now.Monotonic + Sec(45)), (_key.Hold(A).PromisedUntil, _key.Hold(A).ExpiresAt));
    }

    /// <summary>The lease ended by the wall clock 10 s ago, so 5 s of its delay are left, and as much as the clocks may differ.</summary>
    [Theory]
    [InlineData(40, -10, 7)]
    [InlineData(10, 20, 37)]
    [InlineData(60, -30, 0)]
    public void RestoredTooOften_EndsByTheWallClockAfterItsDelay(int passed, int promised, int left)
    {
        Granted(A, lease: 30, delay: 15);
        _key.Restore();
        _key.Wait(Sec(passed));
        _key.Restore();

        Assert.Equal((Sec(promised), Sec(left)), (_key.Hold(A).PromisedUntil - _key.Now.Monotonic, _key.Hold(A).ExpiresAt - _key.Now.Monotonic));
    }

    /// <summary>A record from another time must not keep a lock for longer than a grant does.</summary>
    [Fact]
    public void RestoredTooOften_WithAClockThatIsBehind_LastsOneLeaseAndItsDelay()
    {
        Granted(A, lease: 30, delay: 15);
        _key.Restore();
        _key.JumpWallClock(Sec(-3600));
        _key.Restore();

        Assert.Equal(_key.Now.Monotonic + Sec(45), _key.Hold(A).ExpiresAt);
    }

    [Theory]
    [InlineData(-1, "LockDelay is -1s; it must be from 0 to 1m.")]
    [InlineData(61, "LockDelay is 61s; it must be from 0 to 1m.")]
    public void Delay_OutOfRange_IsRefused(int delay, string problem)
    {
        var denied = Assert.IsType<LockReply.Denied>(Ask(A, lease: 30, delay));

        Assert.Equal((DenyReason.Invalid, problem), (denied.Reason, denied.Detail));
        Assert.Empty(_key.State.Holders);
    }

    private Lease Granted(LeaseId leaseId, int lease, int delay, bool renews = false) => Assert.IsType<LockReply.Granted>(Ask(leaseId, lease, delay, renews)).Lease;

    private LockReply Ask(LeaseId leaseId, int lease, int delay, bool renews = false) => _key.Do(new LockCommand.Acquire(
        new LockRequest(leaseId, "somebody", LockMode.Exclusive, Sec(lease), renews) { Delay = Sec(delay) }, TimeSpan.Zero));

    private void PassWithBeats(TimeSpan time, LeaseId leaseId)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Sec(1))
        {
            _key.Pass(Sec(1));
            _key.Beat(leaseId);
        }
    }
}
