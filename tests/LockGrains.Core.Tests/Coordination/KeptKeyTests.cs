using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>What keeps a key from being forgotten: a limit, and a value for its time.</summary>
public sealed class KeptKeyTests : SilentKeys
{
    [Fact]
    public void KeyWithALimit_IsNeverForgotten_AndWithoutItIs()
    {
        var key = World.Activate();
        key.Execute(new LockCommand.SetLimit(3, 0));
        World.Advance(Silence * 20);
        Assert.NotEmpty(World.Records.Names);
        Assert.False(World.Record.IsLeftBehind(long.MaxValue / 2, Silence));

        key.Execute(new LockCommand.SetLimit(0, 1));
        World.Advance(Silence + Sec(1));
        Assert.Empty(World.Records.Names);
    }

    [Fact]
    public void KeyWithAKeptValue_IsForgottenAfterItsTime()
    {
        var key = World.Activate();
        key.Acquire(A);
        key.Execute(new LockCommand.SetValue(A, new NewValue([1], KeepFor: Silence * 3), 0));
        key.Release(A);
        World.Advance(Silence * 2);
        Assert.NotEmpty(World.Records.Names);
        Assert.False(World.Record.IsLeftBehind(World.Record.LastTokenAt + (long)(Silence * 2).TotalMilliseconds, Silence));

        World.Advance((Silence * 2) + Sec(1));
        Assert.Empty(World.Records.Names);
    }

    [Fact]
    public void Reading_AKeyWithoutARecord_WritesNothing()
    {
        var key = World.Activate();
        var call = key.Execute(LockCommand.ReadValue.Instance);

        Assert.IsType<LockReply.ValueIs>(call.Reply);
        Assert.Empty(World.Records.Names);
    }

    [Fact]
    public void EphemeralValue_DoesNotOutliveACrashOfItsHolder()
    {
        var key = World.Activate();
        key.Acquire(A);
        key.Execute(new LockCommand.SetValue(A, new NewValue([1], KeepFor: null), 0));
        var next = World.Replace(key);
        Assert.NotNull(next.State.Data!.Value);

        World.Advance(Sec(60));
        Assert.Empty(next.State.Holders);
        Assert.Null(next.State.Data!.Value);
    }

    [Fact]
    public void Value_ThatWasForgottenWithItsKey_IsNotInTheNextRecord()
    {
        var key = World.Activate();
        key.Acquire(A);
        key.Execute(new LockCommand.SetValue(A, new NewValue([1], KeepFor: Sec(5)), 0));
        key.Release(A);
        World.Advance(Silence + Sec(10));
        Assert.Empty(World.Records.Names);

        key.Acquire(B);

        Assert.Null(key.State!.Data?.Value);
    }
}
