using LockGrains.AspNetCore.Waiting;

namespace LockGrains.AspNetCore.Tests.Waiting;

public sealed class WaitRoomTests
{
    private static readonly TimeSpan Keep = TimeSpan.FromSeconds(6);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Room_OfOneBetweenTwoPolls_IsKeptForItsTime()
    {
        var room = new WaitRoom(1, Keep, _time);
        var (mine, other) = (Guid.NewGuid(), Guid.NewGuid());
        room.Leave(room.Enter("k", mine)!, comesBack: true);

        _time.Advance(Keep - TimeSpan.FromTicks(1));
        Assert.Null(room.Enter("k", other));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.NotNull(room.Enter("k", other));
    }

    [Fact]
    public void Room_OfOneThatIsBack_IsNotLapsed()
    {
        var room = new WaitRoom(1, Keep, _time);
        var mine = Guid.NewGuid();
        room.Leave(room.Enter("k", mine)!, comesBack: true);
        var guest = room.Enter("k", mine);

        _time.Advance(Keep * 2);

        Assert.NotNull(guest);
        Assert.Null(room.Enter("k", Guid.NewGuid()));
        room.Leave(guest, comesBack: false);
        Assert.Equal(0, room.Count);
    }

    [Fact]
    public void Room_OfTwoPollsOfOneRequest_IsOneAndEndsWithTheLast()
    {
        var room = new WaitRoom(1, Keep, _time);
        var mine = Guid.NewGuid();
        var (first, second) = (room.Enter("k", mine)!, room.Enter("k", mine)!);

        room.Leave(first, comesBack: false);
        Assert.Equal(1, room.Count);
        room.Leave(second, comesBack: false);
        Assert.Equal(0, room.Count);
    }

    [Fact]
    public void Forget_OneBetweenTwoPolls_MakesRoom()
    {
        var room = new WaitRoom(1, Keep, _time);
        var mine = Guid.NewGuid();
        room.Leave(room.Enter("k", mine)!, comesBack: true);

        room.Forget("k", mine);

        Assert.NotNull(room.Enter("other", mine));
    }
}
