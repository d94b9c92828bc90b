using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests.Groups;

/// <summary>Which locks can be asked for together. What cannot is refused by the call itself, before any message.</summary>
public sealed class GroupArgumentTests
{
    private readonly TestClient _test = new();

    [Fact]
    public void Targets_Null_IsRefused()
    {
        foreach (var call in Calls(null!))
            Assert.Equal("targets", Assert.Throws<ArgumentNullException>(call).ParamName);
        Assert.Equal("keys", Assert.Throws<ArgumentNullException>(() => { _ = _test.Client.AcquireAllAsync((IEnumerable<string>)null!).AsTask(); }).ParamName);
    }

    [Fact]
    public void Targets_None_AreRefused() => AssertRefused([], "1 to 1000", "has 0");

    [Fact]
    public void Targets_TooMany_AreRefused() => AssertRefused([.. Enumerable.Range(0, LockGroup.KeysMax + 1).Select(index => new LockTarget($"k{index}"))], "1 to 1000", "has 1001");

    [Fact]
    public void Targets_OneTwice_NamesIt() => AssertRefused(["b", "a", "c", "b"], "'b'", "twice");

    [Fact]
    public void Targets_OneIsNull_NamesItsPlace() => AssertRefused(["a", null!], "at 1", "null");

    [Fact]
    public void Targets_OneIsNoKey_NamesItsPlaceAndTheRule() => AssertRefused(["a", "b", "c\n"], "at 2", "control characters");

    [Fact]
    public void Wait_OutOfRange_IsRefused()
    {
        foreach (var call in Calls(["a"], TimeSpan.FromSeconds(-2)))
            Assert.Equal("wait", Assert.Throws<ArgumentOutOfRangeException>(call).ParamName);
    }

    [Fact]
    public async Task Targets_ChangedAfterTheCall_AreThoseOfTheCall()
    {
        var targets = new List<LockTarget> { "a", "b" };
        var first = _test.Lock("a").Acquire.Hang();
        _test.Lock("b").Acquire.Reply(Replies.Granted());
        var acquire = _test.Client.AcquireAllAsync(targets).AsTask();
        targets[1] = "c";
        first.SetResult(Replies.Granted());

        Assert.Equal(["a", "b"], (await acquire.OrTimeoutAsync("the group")).Keys);
    }

    [Fact]
    public async Task Keys_OfAList_AreTargets()
    {
        _test.Grain.Acquire.Reply(Replies.Granted(), Replies.Granted());
        IEnumerable<string> keys = new List<string> { "b", "a" };

        await using var group = await _test.Client.AcquireAllAsync(keys);
        Assert.Equal(["a", "b"], group.Keys);
        _test.Grain.Acquire.Reply(Replies.Denied(DenyReason.Busy), Replies.Denied(DenyReason.Busy));
        Assert.Null(await _test.Client.TryAcquireAllAsync(keys));
    }

    [Fact]
    public async Task Disposed_ThrowsAtOnce()
    {
        await _test.Client.DisposeAsync();

        foreach (var call in Calls(["a"]))
            Assert.Throws<ObjectDisposedException>(call);
    }

    private void AssertRefused(LockTarget[] targets, params string[] words)
    {
        foreach (var call in Calls(targets))
        {
            var exception = Assert.Throws<ArgumentException>(call);
            Assert.Equal("targets", exception.ParamName);
            Assert.All(words, word => Assert.Contains(word, exception.Message, StringComparison.Ordinal));
        }

        Assert.Empty(_test.Grain.Acquire.Calls);
    }

    private Action[] Calls(LockTarget[] targets, TimeSpan wait = default) =>
    [
        () => _ = _test.Client.AcquireAllAsync(targets, wait).AsTask(),
        () => _ = _test.Client.TryAcquireAllAsync(targets, wait).AsTask(),
    ];
}
