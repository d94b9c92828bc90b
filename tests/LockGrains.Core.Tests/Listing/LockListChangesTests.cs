using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Listing;

/// <summary>What is different between two passes over the list.</summary>
public sealed class LockListChangesTests
{
    private readonly LockListChanges _changes = new();

    [Fact]
    public void First_HasAllThereAre_EvenIfThatIsNothing()
    {
        Assert.Empty(Take()!.Changed);
        Assert.Equal(["a", "b"], new LockListChanges().Take([Lock("a", 1), Lock("b", 2)], [], isForced: false)!.Changed.Select(one => one.Key));
    }

    [Fact]
    public void Next_HasWhatIsNewOrChanged()
    {
        Take(Lock("a", 1), Lock("b", 2));

        var update = Take(Lock("a", 1) with { HeldFor = Sec(1) }, Lock("b", 3), Lock("c", 4));
        Assert.Equal([("b", 3), ("c", 4)], update!.Changed.Select(one => (one.Key, one.FencingToken)));
        Assert.Empty(update.Gone);
    }

    [Fact]
    public void Nothing_Changed_IsNothing()
    {
        Take(Lock("a", 1));

        Assert.Null(Take(Lock("a", 1)));
        Assert.Empty(_changes.Take([Lock("a", 1)], [], isForced: true)!.Changed);
    }

    [Fact]
    public void WhatIsNotThereAnyMore_IsGoneOnce_AndMayComeBack()
    {
        Take(Lock("a", 1), Lock("b", 2), Lock("c", 3));

        Assert.Equal("a,c", string.Join(',', Take(Lock("b", 2))!.Gone));
        Assert.Null(Take(Lock("b", 2)));
        Assert.Equal(["a"], Take(Lock("a", 1), Lock("b", 2))!.Changed.Select(one => one.Key));
    }

    [Fact]
    public void SiloThatDoesNotReply_TakesNothingAway_UntilAllReply()
    {
        Take(Lock("a", 1), Lock("b", 2));

        var missing = _changes.Take([Lock("b", 2)], ["silo"], isForced: false)!;
        Assert.Equal((0, 0, "silo"), (missing.Changed.Length, missing.Gone.Length, Assert.Single(missing.SilosMissing)));
        Assert.Null(_changes.Take([Lock("b", 2)], ["silo"], isForced: false));
        var whole = Take(Lock("b", 2))!;
        Assert.Equal((0, "a", 0), (whole.Changed.Length, Assert.Single(whole.Gone), whole.SilosMissing.Length));
    }

    private LockListUpdate? Take(params LockSummary[] locks) => _changes.Take(locks, [], isForced: false);

    private static LockSummary Lock(string key, long token) => new() { Key = key, HolderCount = 1, FencingToken = token };
}
