using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>A client lists locks, page after page, and watches them by their prefix.</summary>
public sealed class ListTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TestClient _test = new();

    [Fact]
    public async Task List_ReadsPageAfterPage_AndAsksNoSiloAgainThatDidNotReply()
    {
        _test.Census.List.Reply(Page("a/1") with { Next = "a/1", SilosMissing = ["silo"] }, Page("a/2") with { SilosMissing = ["silo"] });
        var keys = new List<string>();
        await foreach (var page in _test.Client.ListAsync("a/", new LockListOptions { State = LockListState.Held, After = "a/0", PageSize = 5 }))
            keys.AddRange(page.Locks.Select(one => one.Key));

        Assert.Equal(["a/1", "a/2"], keys);
        var (first, second) = (_test.Census.List.Calls[0], _test.Census.List.Calls[1]);
        Assert.Equal(("a/", LockListState.Held, "a/0", 5, 0, 2 * Second), (first.Prefix, first.State, first.After, first.Limit, first.SilosMissing.Length, first.SiloTimeout!.Value));
        Assert.Equal(("a/", "a/1", "silo"), (second.Prefix, second.After, Assert.Single(second.SilosMissing)));
    }

    [Fact]
    public async Task List_WithoutAnything_IsAnEmptyPageOfAll()
    {
        _test.Census.List.Reply(Page());
        await using var pages = _test.Client.ListAsync().GetAsyncEnumerator();

        Assert.Empty((await NextAsync(pages)).Locks);
        Assert.False(await pages.MoveNextAsync());
        Assert.Equal(("", null, 5000), (_test.Census.List.Calls[0].Prefix, _test.Census.List.Calls[0].After, _test.Census.List.Calls[0].Limit));
    }

    [Fact]
    public async Task List_CallFails_RepeatsThePage()
    {
        _test.Census.List.Reply(Page("a") with { Next = "a" }).Throw(new TimeoutException()).Reply(Page("b"));
        await using var pages = _test.Client.ListAsync().GetAsyncEnumerator();
        await NextAsync(pages);
        var next = NextAsync(pages);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.Equal("b", Assert.Single((await next.OrTimeoutAsync("the second page")).Locks).Key);
        Assert.Equal([null, "a", "a"], _test.Census.List.Calls.Select(call => call.After));
    }

    [Fact]
    public async Task List_NobodyReplies_Throws()
    {
        var test = new TestClient(options => options.UnavailableTimeout = TimeSpan.FromMilliseconds(100));
        for (var failure = 0; failure < 9; failure++)
            test.Census.List.Throw(new IOException("nobody is there"));
        await using var pages = test.Client.ListAsync("a/").GetAsyncEnumerator();
        var next = NextAsync(pages);
        await test.AdvanceToTimerAsync(TestClient.RetryDelay);

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(() => next.OrTimeoutAsync("the end"));
        Assert.Contains("No silo could list the locks 'a/*'.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_OfAClientOfShortAttempts_GivesSilosHalfOfOne()
    {
        var test = new TestClient(options => options.AttemptTimeout = Second);
        test.Census.List.Reply(Page());
        await using var pages = test.Client.ListAsync().GetAsyncEnumerator();
        await NextAsync(pages);

        Assert.Equal(Second / 2, test.Census.List.Calls[0].SiloTimeout);
    }

    [Fact]
    public async Task List_EndedByItsReaderOrItsClient_Ends()
    {
        using var end = new CancellationTokenSource();
        await using var cancelled = _test.Client.ListAsync(cancellationToken: end.Token).GetAsyncEnumerator();
        await using var disposed = _test.Client.ListAsync().GetAsyncEnumerator();
        var (first, second) = (NextAsync(cancelled), NextAsync(disposed));
        await _test.Census.List.WhenCalledAsync(2);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.OrTimeoutAsync("the end"));
        await _test.Client.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => second.OrTimeoutAsync("the end"));
        Assert.Throws<ObjectDisposedException>(() => { _test.Client.ListAsync(); });
        Assert.Throws<ObjectDisposedException>(() => { _test.Client.WatchPrefixAsync(); });
    }

    public static TheoryData<string, LockListOptions, string> WrongLists => new()
    {
        { "a\nb", new LockListOptions(), "prefix" },
        { new string('x', 513), new LockListOptions(), "prefix" },
        { "", new LockListOptions { After = "\u0007" }, nameof(LockListOptions.After) },
        { "", new LockListOptions { PageSize = 0 }, nameof(LockListOptions.PageSize) },
        { "", new LockListOptions { PageSize = 5001 }, nameof(LockListOptions.PageSize) },
        { "", new LockListOptions { State = (LockListState)9 }, nameof(LockListOptions.State) },
    };

    [Theory]
    [MemberData(nameof(WrongLists))]
    public void List_Wrong_ThrowsAtTheCallAndNamesWhat(string prefix, LockListOptions options, string name) =>
        Assert.Equal(name, Assert.ThrowsAny<ArgumentException>(() => { _test.Client.ListAsync(prefix, options); }).ParamName);

    [Fact]
    public void Prefix_ThatIsNone_ThrowsAtTheCall()
    {
        Assert.Throws<ArgumentNullException>("prefix", () => { _test.Client.WatchPrefixAsync(null!); });
        Assert.Throws<ArgumentNullException>("prefix", () => { _test.Client.ListAsync(null!); });
        Assert.Throws<ArgumentException>("prefix", () => { _test.Client.WatchPrefixAsync("a\tb"); });
    }

    [Fact]
    public async Task Transport_ThatCannotList_SaysSoAtTheCall()
    {
        await using var client = LockClient.Create(new OrleansTransport(_ => _test.Grain));

        Assert.Throws<NotSupportedException>(() => { client.ListAsync(); });
        Assert.Throws<NotSupportedException>(() => { client.WatchPrefixAsync(); });
    }

    [Fact]
    public async Task Watch_GivesAllAndThenWhatHasChanged_OnceASecond()
    {
        _test.Census.List.Reply(Page("a", "b"));
        await using var updates = _test.Client.WatchPrefixAsync("").GetAsyncEnumerator();
        Assert.Equal(["a", "b"], (await NextAsync(updates)).Changed.Select(one => one.Key));

        _test.Census.List.Reply(Page("a", "b"), Page("b", "c"));
        var next = NextAsync(updates);
        await _test.AdvanceToTimerAsync(Second);
        await _test.AdvanceToTimerAsync(Second);
        var update = await next.OrTimeoutAsync("the change");
        Assert.Equal(("c", "a"), (Assert.Single(update.Changed).Key, Assert.Single(update.Gone)));
        Assert.Equal(3, _test.Census.List.Calls.Count);
    }

    [Fact]
    public async Task Watch_NobodyKnows_SaysSoOnceAndThenGoesOn()
    {
        var test = new TestClient(options => options.UnavailableTimeout = TimeSpan.FromMilliseconds(100));
        for (var failure = 0; failure < 4; failure++)
            test.Census.List.Throw(new IOException("nobody is there"));
        test.Census.List.Reply(Page("a"));
        await using var updates = test.Client.WatchPrefixAsync().GetAsyncEnumerator();
        var first = NextAsync(updates);
        for (var pause = 0; pause < 2; pause++)
            await test.AdvanceToTimerAsync(TestClient.RetryDelay);
        var unknown = await first.OrTimeoutAsync("that nobody knows");
        Assert.Equal((false, "nobody is there"), (unknown.Known, unknown.Detail));

        var next = NextAsync(updates);
        await test.AdvanceToTimerAsync(TestClient.RetryDelay);
        Assert.Equal("a", Assert.Single((await next.OrTimeoutAsync("the locks")).Changed).Key);
    }

    private static LockListPage Page(params string[] keys) => new() { Locks = [.. keys.Select(key => new LockSummary { Key = key })] };

    private static async Task<T> NextAsync<T>(IAsyncEnumerator<T> items)
    {
        Assert.True(await items.MoveNextAsync());
        return items.Current;
    }
}
