using System.Collections.Immutable;
using LockGrains.Silo.Demo;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>What the demo tells of a lock.</summary>
public sealed class DemoStoryTests
{
    private const string Key = "demo/k";

    private readonly DemoStory _story = new(Key);

    [Fact]
    public void Tell_EachEvent_IsToldOnceAndTheOldestFirst()
    {
        Assert.Equal(
            [$"{Key,-15} ada   holds it, fencing token 1; 2 wait"],
            _story.Tell(StateOf(2, [HolderOf(1, LockMode.Exclusive, null)], Granted("ada", 1))));

        Assert.Equal(
            [$"{Key,-15} ada   released it", $"{Key,-15} bob   holds it, fencing token 2; 1 waits"],
            _story.Tell(StateOf(1, [HolderOf(2, LockMode.Exclusive, null)], Granted("bob", 2), Ended("ada", 1, EndReason.Released), Granted("ada", 1))));

        Assert.Empty(_story.Tell(StateOf(1, [HolderOf(2, LockMode.Exclusive, null)], Granted("bob", 2), Ended("ada", 1, EndReason.Released), Granted("ada", 1))));
    }

    [Theory]
    [InlineData(EndReason.Released, "released it")]
    [InlineData(EndReason.Expired, "LOST it: its lease ran out")]
    [InlineData(EndReason.Revoked, "LOST it: somebody revoked it")]
    [InlineData(EndReason.SessionEnded, "lost it (SessionEnded)")]
    public void Tell_AnEnd_SaysWhy(EndReason reason, string why) => Assert.Equal([$"{Key,-15} ada   {why}"], _story.Tell(StateOf(0, [], Ended("ada", 1, reason))));

    [Theory]
    [InlineData(null, "(shared)")]
    [InlineData(3, "(1 of 3 permits)")]
    public void Tell_AGrantOfSomeOfTheLock_SaysHowMuch(int? limit, string how) =>
        Assert.Equal([$"{Key,-15} ada   holds it {how}, fencing token 1; nobody waits"], _story.Tell(StateOf(0, [HolderOf(1, LockMode.Shared, limit)], Granted("ada", 1))));

    [Fact]
    public void Tell_ALockThatCannotBeRead_SaysSo_AndWhatWasToldStaysTold()
    {
        var state = StateOf(0, [], Granted("ada", 1));
        _story.Tell(state);

        Assert.Equal([$"{Key,-15} cannot be read just now"], _story.Tell(new LockInfo { Known = false }));
        Assert.Empty(_story.Tell(state));
    }

    private static LockInfo StateOf(int waiting, ImmutableArray<HolderInfo> holders, params ImmutableArray<RecentEvent> recent) =>
        new() { Known = true, QueueLength = waiting, Holders = holders, HolderCount = holders.Length, Recent = recent };

    private static HolderInfo HolderOf(long token, LockMode mode, int? limit) => new() { OwnerId = "ada", FencingToken = token, Mode = mode, Limit = limit };

    private static RecentEvent Granted(string owner, long token) => new() { What = RecentEventKind.Granted, OwnerId = owner, FencingToken = token };

    private static RecentEvent Ended(string owner, long token, EndReason reason) =>
        new() { What = RecentEventKind.HoldEnded, OwnerId = owner, FencingToken = token, Reason = reason };
}
