using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>What a coordinator denies, or says is so, it has checked to be the one to say; as cheaply as the answer allows.</summary>
public sealed class ValidationTests
{
    [Fact]
    public void Denial_WhileTheLastProofIsYoung_CostsNoRead()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var loads = key.HeadLoads;

        world.Advance(Sec(2) - Instant);
        Assert.Equal(DenyReason.Busy, key.Try(B).DenyReason);
        Assert.Equal(loads, key.HeadLoads);

        world.Advance(Instant);
        Assert.Equal(DenyReason.Busy, key.Try(B).DenyReason);
        Assert.Equal(loads + 1, key.HeadLoads);

        // That read is the next proof.
        Assert.Equal(DenyReason.Busy, key.Try(B).DenyReason);
        Assert.Equal(loads + 1, key.HeadLoads);
    }

    [Fact]
    public void Proof_CountsFromBeforeItWasAskedFor()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        world.Advance(Sec(2));
        var gate = key.Store.Hold(StoreOperation.Load);
        key.Try(B);
        world.Advance(Sec(1));
        world.Open(gate);
        var loads = key.HeadLoads;

        world.Advance(Sec(1));
        key.Try(B);

        Assert.Equal(loads + 1, key.HeadLoads);
    }

    [Fact]
    public void Denial_WithoutValidationAge_IsProvedEachTime()
    {
        var world = new LockWorld(new LockPolicy { ValidationAge = TimeSpan.Zero });
        var key = world.Activate();
        key.Acquire(A);
        var loads = key.HeadLoads;

        key.Try(B);
        key.Try(C);

        Assert.Equal(loads + 2, key.HeadLoads);
    }

    [Fact]
    public void Denial_BeforeItsProof_IsNotTold()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        world.Advance(Sec(2));
        var gate = key.Store.Hold(StoreOperation.Load);

        var denied = key.Try(B);
        Assert.False(denied.IsAnswered);

        world.Open(gate);
        Assert.Equal(DenyReason.Busy, denied.DenyReason);
    }

    public static TheoryData<string> Sayings => ["verify", "verify other", "renew other", "release other", "duplicate", "revoke stale"];

    [Theory]
    [MemberData(nameof(Sayings))]
    public void WhatAClientActsUpon_IsProvedEachTimeByARead(string saying)
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var (loads, writes) = (key.HeadLoads, key.HeadWrites);
        var gate = key.Store.Hold(StoreOperation.Load);

        var call = saying switch
        {
            "verify" => key.Verify(A),
            "verify other" => key.Verify(B),
            "renew other" => key.Renew(B),
            "release other" => key.Release(B),
            "duplicate" => key.Acquire(A),
            _ => key.Revoke(new FencingToken(1)),
        };
        Assert.False(call.IsAnswered);
        world.Open(gate);

        Assert.True(call.IsAnswered);
        Assert.Equal((loads + 1, writes), (key.HeadLoads, key.HeadWrites));
    }

    [Fact]
    public void Cancel_OfAnAttemptThatNobodyKnows_IsAnsweredOnlyWhenItIsWritten()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);

        var cancel = key.Cancel(B);
        Assert.False(cancel.IsAnswered);
        world.Open(gate);

        Assert.Equal(EndReason.None, cancel.NotHeld);
        Assert.Equal(DenyReason.Ended, world.Replace(key).Acquire(B).DenyReason);
    }

    [Fact]
    public void Verify_WhenTheRecordWasRemoved_CannotSay()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        world.Records.Remove(RecordName.Lock);

        Assert.True(key.Verify(A).IsUnknown);
        Assert.Equal(QuarantineReason.Conflict, key.Observer.Quarantine);
    }

    [Fact]
    public void Denials_InOneBatch_ShareOneRead()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        world.Advance(Sec(2));
        var loads = key.HeadLoads;
        var gate = key.Store.Hold(StoreOperation.Load);
        key.Verify(A);
        Call[] gathered = [.. Enumerable.Range(1, 100).Select(number => key.Try(Of(number)))];

        world.Open(gate);

        Assert.All(gathered, call => Assert.Equal(DenyReason.Busy, call.DenyReason));
        Assert.Equal(loads + 1, key.HeadLoads);
    }
}
