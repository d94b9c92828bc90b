using System.Collections.Immutable;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>A key's value: written by its exclusive holder alone, by version, and kept as it says.</summary>
public sealed class KeyValueTests
{
    private readonly LockUnderTest _key = new();

    private KeyValue? Value => _key.State.Data?.ValueAt(_key.Now.UnixMilliseconds);

    private string? Text => Value is { } value ? TextOf(value) : null;

    [Fact]
    public void Set_ByTheHolder_ReplacesTheVersion_AndIsToldAfterTheWrite()
    {
        _key.Granted(A);

        Assert.Equal((false, 1L), Set(A, "x", ifVersion: 0));
        Assert.Equal(AnswerAfter.Write, _key.Last.After);
        Assert.Equal((false, 2L), Set(A, "y", ifVersion: 1));
        Assert.Equal("y", Text);
    }

    [Fact]
    public void Set_LateCopy_ChangesNothing()
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0);
        Set(A, "y", ifVersion: 1);

        Assert.Equal((true, 2L), Set(A, "x", ifVersion: 0));
        Assert.Equal(AnswerAfter.Validation, _key.Last.After);
        Assert.Equal("y", Text);
    }

    [Fact]
    public void Set_RepeatedAfterItsReplyWasLost_IsNoConflict()
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0);

        Assert.Equal((false, 1L), Set(A, "x", ifVersion: 0));
        Assert.Equal((false, 2L), Set(A, "", ifVersion: 1));
        Assert.Equal((false, 2L), Set(A, "", ifVersion: 1));
        Assert.Null(Value);
    }

    [Fact]
    public void Set_Repeated_ChangesNothingAndKeepsItNoLonger()
    {
        _key.Granted(A, renews: false);
        Set(A, "x", ifVersion: 0, keepFor: Sec(60));
        var state = _key.State;
        _key.Wait(Sec(10));

        Assert.Equal((false, 1L), Set(A, "x", ifVersion: 0, keepFor: Sec(60)));
        Assert.Same(state, _key.State);
        Assert.Equal((AnswerAfter.Validation, false), (_key.Last.After, _key.Last.Dirty));
    }

    [Fact]
    public void Set_OfAVersionBelowZero_IsInvalid()
    {
        _key.Granted(A);

        var denied = Assert.IsType<LockReply.Denied>(_key.Do(new LockCommand.SetValue(A, New(""), IfVersion: -1)));

        Assert.Equal((DenyReason.Invalid, "IfVersion is -1; it must be 0 or more."), (denied.Reason, denied.Detail));
        Assert.Null(_key.State.Data);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Set_OfAnotherVersion_IsAConflictThatTellsWhatThereIs(long ifVersion)
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0);
        Set(A, "y", ifVersion: 1);
        var state = _key.State;

        var reply = Assert.IsType<LockReply.ValueIs>(_key.Do(new LockCommand.SetValue(A, New("z"), ifVersion)));

        Assert.Equal((true, 2L, "y"), (reply.IsConflict, reply.Version, TextOf(reply.Value!)));
        Assert.Same(state, _key.State);
        Assert.Equal(AnswerAfter.Validation, _key.Last.After);
    }

    /// <summary>The bytes are the same, but it was not this holder who set them.</summary>
    [Fact]
    public void Set_WhatAnotherHolderHasSet_IsAConflict()
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0, keepFor: Sec(3600));
        _key.Release(A);
        _key.Granted(B);

        Assert.Equal((true, 1L), Set(B, "x", ifVersion: 0, keepFor: Sec(3600)));
        Assert.Equal(A, Value!.SetBy);
    }

    [Fact]
    public void Set_TheSameBytesToBeKeptOtherwise_IsNoCopy()
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0);

        Assert.Equal((true, 1L), Set(A, "x", ifVersion: 0, keepFor: Sec(60)));
        Assert.Equal((false, 2L), Set(A, "x", ifVersion: 1, keepFor: Sec(60)));
        Assert.Equal((true, 2L), Set(A, "x", ifVersion: 1));
        Assert.False(Value!.IsEphemeral);
    }

    [Theory]
    [InlineData("release", EndReason.Released)]
    [InlineData("expiry", EndReason.Expired)]
    [InlineData("revocation", EndReason.Revoked)]
    public void Set_AfterTheHoldHasEnded_IsNotHeldAndTellsHowItEnded(string end, EndReason reason)
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0, keepFor: Sec(3600));
        End(end);

        Assert.Equal(new LockReply.NotHeld(reason), _key.Do(new LockCommand.SetValue(A, New("y"), 1)));
        Assert.Equal(("x", 1L), (Text, _key.State.Data!.ValueVersion));
    }

    [Fact]
    public void Set_ByAnybodyElse_IsNotHeld()
    {
        _key.Granted(A);
        _key.Acquire(B);

        Assert.IsType<LockReply.NotHeld>(_key.Do(new LockCommand.SetValue(B, New("x"), 0)));
        Assert.IsType<LockReply.NotHeld>(_key.Do(new LockCommand.SetValue(C, New("x"), 0)));
        Assert.Equal(AnswerAfter.Validation, _key.Last.After);
        Assert.Null(_key.State.Data);
    }

    [Fact]
    public void Set_HeldUpgradeably_IsInvalid()
    {
        _key.Do(Ask(A, LockMode.Upgradeable));

        var denied = Assert.IsType<LockReply.Denied>(_key.Do(new LockCommand.SetValue(A, New("x"), 0)));
        Assert.Equal((DenyReason.Invalid, "Mode is Upgradeable; only an Exclusive hold sets the value."), (denied.Reason, denied.Detail));
        Assert.Null(_key.State.Data);
    }

    [Theory]
    [InlineData(LockMode.Shared)]
    [InlineData(LockMode.Upgradeable)]
    public void Set_AfterTheDowngrade_IsInvalidAndTheValueStays(LockMode mode)
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0);
        _key.Downgrade(A, 1, mode);
        var state = _key.State;

        var denied = Assert.IsType<LockReply.Denied>(_key.Do(new LockCommand.SetValue(A, New("y"), 1)));

        Assert.Equal((DenyReason.Invalid, $"Mode is {mode}; only an Exclusive hold sets the value."), (denied.Reason, denied.Detail));
        Assert.Same(state, _key.State);
        Assert.Equal("x", Text);
    }

    [Fact]
    public void Set_AfterTheUpgrade_IsKeptUntilTheHoldEndsAndNotOnlyTheUpgrade()
    {
        _key.ShareToUpgrade(A);
        _key.Upgrade(A, 1);
        Assert.Equal((false, 1L), Set(A, "x", ifVersion: 0));
        _key.CancelUpgrade(A, 1);
        Assert.Equal((LockMode.Upgradeable, "x"), (_key.Hold(A).Mode, Text));

        _key.Release(A);
        Assert.Null(Value);
    }

    [Fact]
    public void Acquire_WithAValue_SetsItWithTheGrant()
    {
        var granted = Assert.IsType<LockReply.Granted>(_key.Do(Ask(A) with { Value = New("leader a") }));
        Assert.Equal(1, granted.ValueVersion);

        _key.Do(Ask(B) with { Value = New("leader b") });
        Assert.Equal("leader a", Text);
        _key.Release(A);
        Assert.Equal("leader b", Text);
    }

    [Fact]
    public void Acquire_SharedWithAValue_IsInvalid()
    {
        var denied = Assert.IsType<LockReply.Denied>(_key.Do(Ask(A, LockMode.Shared) with { Value = New("x") }));
        Assert.Equal((DenyReason.Invalid, "Mode is Shared; only an Exclusive hold sets the value."), (denied.Reason, denied.Detail));
    }

    [Theory]
    [InlineData("release")]
    [InlineData("expiry")]
    [InlineData("revocation")]
    public void Ephemeral_EndsWithItsHold(string end)
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0);
        End(end);

        Assert.Null(Value);
        Assert.Equal(2, _key.State.Data!.ValueVersion);
    }

    [Theory]
    [InlineData("release")]
    [InlineData("expiry")]
    [InlineData("revocation")]
    public void Kept_OutlivesItsHold_AndEndsInTime(string end)
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0, keepFor: Sec(3600));
        End(end);
        Assert.Equal("x", Text);

        _key.Pass(Sec(3601));
        Assert.Null(Value);
    }

    [Fact]
    public void Ephemeral_OfAHoldThatWasDowngraded_StaysUntilThatEnds()
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0);
        _key.Do(new LockCommand.Downgrade(A, 1, LockMode.Shared));
        Assert.NotNull(Value);

        _key.Release(A);
        Assert.Null(Value);
    }

    [Fact]
    public void Kept_ThatAnotherHolderReplaces_IsThatOnes()
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0, keepFor: Sec(3600));
        _key.Release(A);
        _key.Granted(B);
        Set(B, "y", ifVersion: 1);
        Assert.Equal("y", Text);

        _key.Release(B);
        Assert.Null(Value);
    }

    [Fact]
    public void Restored_KnowsValueAndVersion()
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0);
        _key.Restore();

        Assert.Equal("x", Text);
        Assert.Equal((true, 1L), Set(A, "z", ifVersion: 0));
        _key.Release(A);
        Assert.Null(Value);
    }

    [Fact]
    public void Read_IsProven_AndWhereThereIsNoRecord_MakesNone()
    {
        _key.Granted(A);
        Set(A, "x", ifVersion: 0);
        var read = Assert.IsType<LockReply.ValueIs>(_key.Do(LockCommand.ReadValue.Instance));
        Assert.Equal(("x", 1L, AnswerAfter.Validation), (TextOf(read.Value!), read.Version, _key.Last.After));

        var none = LockStateMachine.Apply(LockState.Create(_key.Now, new LockPolicy()), LockCommand.ReadValue.Instance, _key.Now with { IsStored = false }, new LockPolicy());
        Assert.Equal((new LockReply.ValueIs(null, 0), AnswerAfter.RecentValidation), (none.Reply, none.After));
    }

    [Fact]
    public void Set_OutOfRange_IsInvalidAndNamesTheBound()
    {
        _key.Granted(A);
        var large = Assert.IsType<LockReply.Denied>(_key.Do(new LockCommand.SetValue(A, new NewValue([.. new byte[1025]], null), 0)));
        var lasting = Assert.IsType<LockReply.Denied>(_key.Do(new LockCommand.SetValue(A, New("x") with { KeepFor = TimeSpan.FromDays(401) }, 0)));
        var brief = Assert.IsType<LockReply.Denied>(_key.Do(new LockCommand.SetValue(A, New("x") with { KeepFor = TimeSpan.Zero }, 0)));

        Assert.Equal("Value has 1025 bytes; it must have at most 1024.", large.Detail);
        Assert.Equal("KeepFor is 401d; it must be more than 0 and at most 400 days.", lasting.Detail);
        Assert.Equal("KeepFor is 0; it must be more than 0 and at most 400 days.", brief.Detail);
        Assert.Null(_key.State.Data);
    }

    private static LockCommand.Acquire Ask(LeaseId leaseId, LockMode mode = LockMode.Exclusive) =>
        new(new LockRequest(leaseId, "somebody", mode, Sec(30), Renews: true), Forever);

    private static ImmutableArray<byte> Bytes(string text) => [.. System.Text.Encoding.UTF8.GetBytes(text)];

    private static string TextOf(KeyValue value) => System.Text.Encoding.UTF8.GetString(value.Bytes.AsSpan());

    private static NewValue New(string text) => new(Bytes(text), null);

    private (bool IsConflict, long Version) Set(LeaseId leaseId, string text, long ifVersion, TimeSpan? keepFor = null)
    {
        var reply = Assert.IsType<LockReply.ValueIs>(_key.Do(new LockCommand.SetValue(leaseId, new NewValue(Bytes(text), keepFor), ifVersion)));
        return (reply.IsConflict, reply.Version);
    }

    private void End(string end)
    {
        switch (end)
        {
            case "release":
                _key.Release(A);
                break;
            case "expiry":
                _key.Pass(Sec(40));
                break;
            default:
                _key.Revoke();
                break;
        }

        Assert.Empty(_key.State.Holders);
    }
}
