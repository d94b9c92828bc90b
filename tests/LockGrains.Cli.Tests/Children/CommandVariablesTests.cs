using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.Children;

public sealed class CommandVariablesTests
{
    /// <summary>A command that runs under permits may run another one that has none: the inner one must not take them for its own.</summary>
    [Fact]
    public void OfKeys_NoPermits_TakesThoseOfAnOuterCommandAway()
    {
        IReadOnlyList<byte[]> environment = [RawText.Encode("LOCK_PERMITS=2"), RawText.Encode("LOCK_PERMIT_NUMBERS=0,1"), RawText.Encode("LOCK_PERMITS_OF_MINE=3")];
        foreach (var (name, value) in CommandVariables.OfKeys(["k"], permits: null, outer: null))
            environment = environment.With(name, value);

        Assert.Null(environment.Get("LOCK_PERMITS"));
        Assert.Null(environment.Get("LOCK_PERMIT_NUMBERS"));
        Assert.Equal("3", environment.Get("LOCK_PERMITS_OF_MINE"));
        Assert.Equal("k", environment.Get("LOCK_KEY"));
    }

    [Fact]
    public void OfKeys_Permits_AreTold() =>
        Assert.Contains(("LOCK_PERMITS", "2"), CommandVariables.OfKeys(["k"], permits: 2, outer: null));

    [Theory]
    [InlineData("42", null)]
    [InlineData("42:", "")]
    [InlineData("42:0,1,4", "0,1,4")]
    public void HeldLock_AsAWord_IsReadAsItWas(string word, string? numbers)
    {
        var held = new HeldLock("42", numbers);
        Assert.Equal(word, held.ToWord());
        Assert.Equal(held, HeldLock.Read(word));
    }

    [Fact]
    public void OfLocks_NumbersOfSeveral_AreLinesInTheOrderOfTheKeys()
    {
        var variables = CommandVariables.OfLocks([new HeldLock("7", "0,1"), new HeldLock("5", "")]).ToDictionary();
        Assert.Equal("7\n5", variables["LOCK_FENCING_TOKENS"]);
        Assert.Equal("0,1\n", variables["LOCK_PERMIT_NUMBERS"]);
        Assert.DoesNotContain("LOCK_PERMIT_NUMBERS", CommandVariables.OfLocks([new HeldLock("7", null)]).ToDictionary().Keys);
    }
}
