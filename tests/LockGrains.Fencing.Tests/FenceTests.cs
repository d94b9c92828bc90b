using LockGrains.Core;

namespace LockGrains.Fencing.Tests;

/// <summary>What may be in a fence, and what it says of itself.</summary>
public sealed class FenceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(Fence.TokenMax)]
    public void Fence_TokenInItsRange_IsKept(long token)
    {
        Assert.Equal(token, Fence.ForWriter("key", token).Token);
        Assert.Equal(token, Fence.ForReader("key", token).Token);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(Fence.TokenMax + 1)]
    [InlineData(long.MaxValue)]
    public void Fence_TokenOfNoGrant_IsRefusedWithValueAndRange(long token)
    {
        foreach (var make in Makers)
        {
            var exception = Assert.Throws<ArgumentOutOfRangeException>(nameof(token), () => make("key", token, null));
            Assert.Equal(token, exception.ActualValue);
            Assert.Contains("from 1 to 9007199254740991", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Fence_NumberOfNoPermit_IsRefusedWithValueAndRange(int number)
    {
        foreach (var make in Makers)
        {
            var exception = Assert.Throws<ArgumentOutOfRangeException>(nameof(number), () => make("key", 1, number));
            Assert.Equal(number, exception.ActualValue);
            Assert.Contains("from 0 to 2147483647", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void Fence_NumberInItsRangeOrNone_IsKept(int? number) => Assert.All(Makers, make => Assert.Equal(number, make("key", 1, number).Number));

    [Fact]
    public void Fence_NoKey_IsRefused() => Assert.All(Makers, make => Assert.Throws<ArgumentNullException>("key", () => make(null!, 1, null)));

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" \u3000", "white space")]
    [InlineData("a\0b", "U+0000")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\u0085", "U+0085")]
    public void Fence_KeyOfNoLock_IsRefusedWithTheReason(string key, string reason) => AssertKeyRefused(key, reason);

    [Fact]
    public void Fence_IllFormedOrLongKey_IsRefusedWithTheReason()
    {
        AssertKeyRefused("a\ud800", "surrogate at index 1");
        AssertKeyRefused(new string('é', 257), "this one has 514");
        Assert.Equal(512, Fence.ForWriter(new string('é', 256), 1).Key.Length * 2);
    }

    /// <summary>The package references nothing, so it has the rule of keys and the range of tokens once more.</summary>
    [Fact]
    public void Fence_AnyText_IsAKeyIfItIsOneOfALock()
    {
        Assert.Equal(LockKey.MaxBytes, Fence.KeyBytesMax);
        Assert.Equal(FencingToken.MaxValue, Fence.TokenMax);
        RandomStory.Holds(2_000, random =>
        {
            var key = MakeText(random);
            var exception = Record.Exception(() => Fence.ForWriter(key, 1));
            Assert.Equal(LockKey.FindProblem(key) is null, exception is null);
        });
    }

    [Fact]
    public void Fence_SameContent_IsEqual()
    {
        Assert.Equal(Fence.ForWriter("key", 7, 1), Fence.ForWriter("key", 7, 1));
        Assert.NotEqual(Fence.ForWriter("key", 7), Fence.ForReader("key", 7));
        Assert.NotEqual(Fence.ForWriter("key", 7, 0), Fence.ForWriter("key", 7));
        Assert.True(Fence.ForWriter("key", 7).Advances);
        Assert.False(Fence.ForReader("key", 7).Advances);
    }

    [Fact]
    public void StaleFence_NamesKeyPermitTokenAndWhatWasSeen()
    {
        var exception = new StaleFenceException(Fence.ForWriter("orders/42", 7), 8);
        Assert.Equal("Refused token 7 of the lock 'orders/42': the resource has seen token 8, of a later hold. Roll the transaction back.", exception.Message);
        Assert.Equal(8, exception.Seen);
        Assert.Contains("token 7 of permit 3 of the lock 'orders/42'", new StaleFenceException(Fence.ForReader("orders/42", 7, 3), 8).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<Func<string, long, int?, Fence>> Makers => [Fence.ForWriter, Fence.ForReader];

    private static void AssertKeyRefused(string key, string reason) => Assert.All(
        Makers, make => Assert.Contains(reason, Assert.Throws<ArgumentException>(nameof(key), () => make(key, 1, null)).Message, StringComparison.Ordinal));

    private static string MakeText(Random random)
    {
        var length = random.Chance(0.2) ? random.Next(160, 520) : random.Next(0, 6);
        var odd = random.Chance(0.5) ? 0 : 1.0 / (length + 1);
        return string.Concat(Enumerable.Range(0, length).Select(_ => random.Chance(odd)
            ? random.Pick("\0", "\u001f", "\u007f", "\u0085", "\u009f", "\ud83d", "\udd12", " ", "\u3000", "\u00a0", "\u2028")
            : random.Pick("a", "/", "é", "語", "🔒", " ")));
    }
}
