using System.Collections.Immutable;

namespace LockGrains.Core.Tests.Listing;

/// <summary>A page of many locks, and the page of many silos.</summary>
public sealed class LockSelectionTests
{
    private static readonly string[] Keys = ["B", "a", "a/1", "a/10", "a/2", "b", "é", "\U0001F512"];

    [Fact]
    public void Page_IsInOrdinalOrderWhateverTheOrderOfTheOffers()
    {
        var random = new Random(7);
        var shuffled = Keys.ToArray();
        random.Shuffle(shuffled);

        Assert.Equal(Keys.Order(StringComparer.Ordinal), Page(new LockListRequest(), shuffled).Locks.Select(one => one.Key));
    }

    [Theory]
    [InlineData("a/", "a/1", "a/10", "a/2")]
    [InlineData("a/1", "a/1", "a/10")]
    [InlineData("A")]
    [InlineData("e")]
    [InlineData("é", "é")]
    public void Page_OfAPrefix_HasWhatBeginsSoToTheLetter(string prefix, params string[] expected) =>
        Assert.Equal(expected, Page(new LockListRequest { Prefix = prefix }, Keys).Locks.Select(one => one.Key));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(999)]
    [InlineData(1000)]
    public void Pages_OneAfterAnother_HaveEachOnceAndInOrder(int limit)
    {
        string[] keys = [.. Enumerable.Range(0, 2500).Select(number => $"key/{number}")];
        var (seen, request) = (new List<string>(), new LockListRequest { Limit = limit });
        for (var next = ""; next is not null;)
        {
            var page = Page(request, keys);
            Assert.True(page.Locks.Length <= limit);
            seen.AddRange(page.Locks.Select(one => one.Key));
            next = page.Next;
            request = request with { After = next };
        }

        Assert.Equal(keys.Order(StringComparer.Ordinal), seen);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    public void Next_IsThereOnlyWhereThereIsMore(int limit, bool hasNext) =>
        Assert.Equal(hasNext ? "a" : null, Page(new LockListRequest { Limit = limit }, ["b", "a"]).Next);

    [Fact]
    public void After_NeedNotBeAKey() =>
        Assert.Equal(["b"], Page(new LockListRequest { After = "aa" }, ["b", "a"]).Locks.Select(one => one.Key));

    [Fact]
    public void Wants_WhatIsBeyondAFullPage_IsNot()
    {
        var selection = new LockSelection(new LockListRequest { Limit = 1 });
        foreach (var key in new[] { "e", "c", "d", "b" })
            selection.Add(new LockSummary { Key = key });

        Assert.Equal((true, false, false), (selection.Wants("a"), selection.Wants("c"), selection.Wants("d")));
    }

    [Theory]
    [InlineData(7, 8)]
    [InlineData(8, 7)]
    public void KeyOfTwoActivations_IsListedOnceWithTheLargerToken(long first, long second)
    {
        var page = LockSelection.Merge(
            new LockListRequest { Limit = 2 },
            [Reply(("a", first), ("b", 1), ("c", 1)), Reply(("a", second), ("c", 2), ("d", 1))],
            ["one", "two"]);

        Assert.Equal([("a", 8), ("b", 1)], page.Locks.Select(one => (one.Key, one.FencingToken)));
        Assert.Equal("b", page.Next);
    }

    [Fact]
    public void Merge_OfPagesOfManySilos_HasEachOnceAndInOrder()
    {
        string[] keys = [.. Enumerable.Range(0, 2500).Select(number => $"key/{number}")];
        string[] silos = ["one", "two", "three"];
        var (seen, request) = (new List<string>(), new LockListRequest { Limit = 700 });
        for (var next = ""; next is not null;)
        {
            var page = LockSelection.Merge(request, [.. silos.Select((_, silo) => SiloReply(request, keys.Where((_, index) => index % 3 == silo)))], silos);
            Assert.Equal((3, 0), (page.SiloCount, page.SilosMissing.Length));
            seen.AddRange(page.Locks.Select(one => one.Key));
            next = page.Next;
            request = request with { After = next };
        }

        Assert.Equal(keys.Order(StringComparer.Ordinal), seen);
    }

    [Fact]
    public void Merge_WithoutAReply_NamesItsSiloAndThoseOfEarlierPages()
    {
        var page = LockSelection.Merge(new LockListRequest { SilosMissing = ["three"] }, [null, Reply(("a", 1))], ["two", "one"]);

        Assert.Equal("three,two", string.Join(',', page.SilosMissing));
        Assert.Equal((3, "a"), (page.SiloCount, Assert.Single(page.Locks).Key));
    }

    [Fact]
    public void Merge_OfARequestWithoutAnArray_IsAsOfNone() =>
        Assert.Empty(LockSelection.Merge(new LockListRequest { SilosMissing = default }, [Reply(("a", 1))], ["one"]).SilosMissing);

    private static LockListPage Page(LockListRequest request, IEnumerable<string> keys) => Select(request, keys).ToPage(siloCount: 1, silosMissing: []);

    private static ImmutableArray<LockSummary>? SiloReply(LockListRequest request, IEnumerable<string> keys) => Select(request, keys).Choose();

    private static LockSelection Select(LockListRequest request, IEnumerable<string> keys)
    {
        var selection = new LockSelection(request);
        foreach (var key in keys.Where(selection.Wants))
            selection.Add(new LockSummary { Key = key });
        return selection;
    }

    private static ImmutableArray<LockSummary>? Reply(params (string Key, long Token)[] locks) =>
        [.. locks.Select(one => new LockSummary { Key = one.Key, FencingToken = one.Token })];
}
