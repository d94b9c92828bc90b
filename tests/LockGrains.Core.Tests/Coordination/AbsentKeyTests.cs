using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>A key that has no record: what another activation may have granted meanwhile, and storage has lost, counts.</summary>
public sealed class AbsentKeyTests
{
    [Fact]
    public void RecordThatNoGrantMakes_StartsAheadOfTheClockOfThen_NotOfTheFirstLook()
    {
        var world = new LockWorld();
        var key = world.Activate();
        Assert.Empty(key.State.Holders);
        world.Advance(Sec(8));

        // Nothing changes, but only a write can prove that nobody holds it.
        key.Verify(A);

        var floor = FencingToken.None.RaisedToClock(world.Time.GetUtcNow().ToUnixTimeMilliseconds(), world.Policy.MaxClockSkew);
        Assert.Equal(floor, world.Record.LastToken);
        key.Acquire(A);
        Assert.True(Assert.Single(world.Record.Holders).FencingToken > floor);
    }
}
