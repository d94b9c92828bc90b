using LockGrains.AspNetCore.Waiting;

namespace LockGrains.AspNetCore.Tests.Waiting;

public sealed class WaitRoomTests
{
    private static readonly TimeSpan Keep = TimeSpan.FromSeconds(6);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Room_OfOneBetweenTwoPolls_IsKeptForItsTime()
    {
        var room = new WaitRoom(new Shares(1, 100), Keep, _time);
        var (mine, other) = (Guid.NewGuid(), Guid.NewGuid());
        room.Leave(room.Enter("k", mine, "a")!, comesBack: true);

        _time.Advance(Keep - TimeSpan.FromTicks(1));
        Assert.Null(room.Enter("k", other, "a"));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.NotNull(room.Enter("k", other, "a"));
    }

    [Fact]
    public void Room_OfOneThatIsBack_IsNotLapsed()
    {
        var room = new WaitRoom(new Shares(1, 100), Keep, _time);
        var mine = Guid.NewGuid();
        room.Leave(room.Enter("k", mine, "a")!, comesBack: true);
        var guest = room.Enter("k", mine, "a");

        _time.Advance(Keep * 2);

        Assert.NotNull(guest);
        Assert.Null(room.Enter("k", Guid.NewGuid(), "a"));
        room.Leave(guest, comesBack: false);
        Assert.Equal(0, room.Count);
    }

    [Fact]
    public void Room_OfTwoPollsOfOneRequest_IsOneAndEndsWithTheLast()
    {
        var room = new WaitRoom(new Shares(1, 100), Keep, _time);
        var mine = Guid.NewGuid();
        var (first, second) = (room.Enter("k", mine, "a")!, room.Enter("k", mine, "a")!);

        room.Leave(first, comesBack: false);
        Assert.Equal(1, room.Count);
        room.Leave(second, comesBack: false);
        Assert.Equal(0, room.Count);
    }

    [Fact]
    public void Forget_OneBetweenTwoPolls_MakesRoom()
    {
        var room = new WaitRoom(new Shares(1, 100), Keep, _time);
        var mine = Guid.NewGuid();
        room.Leave(room.Enter("k", mine, "a")!, comesBack: true);

        room.Forget("k", mine);

        Assert.NotNull(room.Enter("other", mine, "a"));
    }

    [Fact]
    public void CountPresent_OneHasLapsed_IsThoseWhoHaveTheirPlaceAndForgetsNobody()
    {
        var room = new WaitRoom(new Shares(3, 100), Keep, _time);
        room.Leave(room.Enter("k", Guid.NewGuid(), "a")!, comesBack: true);
        _time.Advance(Keep / 2);
        room.Leave(room.Enter("k", Guid.NewGuid(), "a")!, comesBack: true);
        room.Enter("k", Guid.NewGuid(), "a");
        Assert.Equal(3, room.CountPresent());

        _time.Advance(Keep / 2);

        Assert.Equal(2, room.CountPresent());
        Assert.Equal(3, room.Count);
    }

    [Fact]
    public void Enter_OneCallerHasItsShare_LeavesTheRestToOthers()
    {
        var room = new WaitRoom(new Shares(4, 50), Keep, _time);
        var mine = Guid.NewGuid();
        Assert.NotNull(room.Enter("k", mine, "a"));
        Assert.NotNull(room.Enter("k", Guid.NewGuid(), "a"));

        Assert.Null(room.Enter("k", Guid.NewGuid(), "a"));
        Assert.NotNull(room.Enter("k", mine, "a"));
        Assert.NotNull(room.Enter("k", Guid.NewGuid(), "b"));
        Assert.NotNull(room.Enter("k", Guid.NewGuid(), "c"));
        Assert.Null(room.Enter("k", Guid.NewGuid(), "d"));
    }

    [Fact]
    public void Leave_OneCallerHasItsShare_GivesItBack()
    {
        var room = new WaitRoom(new Shares(4, 25), Keep, _time);
        var mine = Guid.NewGuid();
        var guest = room.Enter("k", mine, "a")!;
        room.Leave(guest, comesBack: true);
        Assert.Null(room.Enter("k", Guid.NewGuid(), "a"));

        room.Forget("k", mine);

        Assert.NotNull(room.Enter("k", Guid.NewGuid(), "a"));
    }

    [Theory]
    [InlineData(1, 50, 1)]
    [InlineData(3, 50, 2)]
    [InlineData(100, 1, 1)]
    [InlineData(1_000_000, 100, 1_000_000)]
    [InlineData(0, 50, 0)]
    public void Shares_OfOne_AreRoundedUp(int max, int percent, int expected) => Assert.Equal(expected, new Shares(max, percent).MaxOfOne);

    [Fact]
    public void OpenRoom_OneCallerHasItsShare_LeavesTheRestToOthers()
    {
        var room = new OpenRoom(new Shares(2, 50));
        Assert.True(room.TryEnter("a"));
        Assert.False(room.TryEnter("a"));
        Assert.True(room.TryEnter("b"));
        Assert.False(room.TryEnter("c"));

        room.Leave("a");

        Assert.True(room.TryEnter("c"));
    }
}
