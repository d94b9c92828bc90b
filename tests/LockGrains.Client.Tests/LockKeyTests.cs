using System.Security.Cryptography;
using System.Text;
using LockGrains.TestKit;

namespace LockGrains.Client.Tests;

/// <summary>Which texts name a lock, and how every other text comes to one.</summary>
public sealed class LockKeyTests
{
    private const int CodeUnits = 0x1_0000;

    private static readonly string[] Pieces =
    [
        "", " ", "\u3000", "\u00A0", "\u2028", "\u0085", "\0", "\n", "a", "b", "é", "🔒", "\uD83D", "\uDD12", "\uFFFD", "~", "name", "name~",
        "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "\u200B", "\uFEFF", "/", "orders",
    ];

    [Fact]
    public void Validate_WhiteSpaceAlone_IsRefusedAndSaysSo()
    {
        var spaces = Enumerable.Range(0, CodeUnits).Select(code => (char)code).Where(char.IsWhiteSpace).ToList();
        Assert.True(spaces.Count >= 25, $"Unicode has 25 kinds of white space; here are {spaces.Count}.");
        foreach (var space in spaces)
        {
            foreach (var key in (string[])[$"{space}", new string(space, 170), $" {space}\u3000"])
            {
                var exception = Assert.Throws<ArgumentException>("key", () => LockKey.Validate(key));
                Assert.Contains(char.IsControl(space) ? "control character" : "white space alone", exception.Message, StringComparison.Ordinal);
            }

            if (!char.IsControl(space))
                Assert.Null(LockKey.FindProblem($"{space}k{space}"));
        }
    }

    [Fact]
    public void Validate_EveryCharacter_TakesNothingThatOrleansRefuses()
    {
        for (var code = 0; code <= 0x10_FFFF; code++)
        {
            if (!Rune.IsValid(code))
                continue;

            AssertOrleansTakesIt(new Rune(code).ToString());
        }
    }

    [Fact]
    public void Validate_AnyText_TakesNothingThatOrleansRefuses() =>
        RandomStory.Holds(500, random => AssertOrleansTakesIt(MakeName(random)));

    /// <summary>Golden: a name has the same key for ever. The hashes are those of <c>printf %s NAME | openssl dgst -sha256 -binary | basenc --base64url</c>.</summary>
    [Theory]
    [InlineData("orders/42", "orders/42")]
    [InlineData("name", "name")]
    [InlineData("Name~x", "Name~x")]
    [InlineData("", "name~47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU~")]
    [InlineData(" ", "name~Nqnn8clbgv-5l0PgxcTOldg8mkMKrFn4TvPL-rYUUGg~ ")]
    [InlineData("line\nbreak", "name~aXr_ymDV0NyW8AqsSy2DPjrcBwik79i2V6zEIp9ESe8~line\uFFFDbreak")]
    [InlineData("name~x", "name~Y46haA4r8XDm64XwxJ7cdsn0yShZrss6mwJmo5gF24s~name~x")]
    public void FromName_Examples_HaveTheirKeys(string name, string key) => Assert.Equal(key, LockKey.FromName(name));

    [Fact]
    public void FromName_IllFormed_HasItsKey()
    {
        // Not in the theory: a test's name is written as UTF-8, which has no lone surrogates.
        Assert.Equal("name~" + HashOf([0x61, 0xED, 0xA0, 0x80]) + "~a\uFFFD", LockKey.FromName("a\uD800"));
        Assert.Equal("name~" + HashOf([0xED, 0xBF, 0xBF]) + "~\uFFFD", LockKey.FromName("\uDFFF"));
    }

    [Fact]
    public void FromName_TenMegabytes_HasAShortKey()
    {
        var name = string.Concat(Enumerable.Repeat("https://example.com/日本語/🔒?", 286_000));
        var head = string.Concat(Enumerable.Repeat("https://example.com/日本語/🔒?", 4))[..102];

        Assert.Equal($"name~{HashOf(Encoding.UTF8.GetBytes(name))}~{head}", LockKey.FromName(name));
    }

    [Fact]
    public void FromName_Null_Throws() => Assert.Throws<ArgumentNullException>("name", () => LockKey.FromName(null!));

    [Fact]
    public void FromName_AnyText_IsAValidKey_AndAValidKeyIsItsOwn() => RandomStory.Holds(500, random =>
    {
        var name = MakeName(random);
        var key = LockKey.FromName(name);

        Assert.Null(LockKey.FindProblem(key));
        AssertOrleansTakesIt(key);
        if (LockKey.FindProblem(name) is null && !name.StartsWith("name~", StringComparison.Ordinal))
            Assert.Equal(name, key);
    });

    [Fact]
    public void FromName_TwoNames_NeverHaveOneKey() => RandomStory.Holds(5, random =>
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < 2000; i++)
            Add(MakeName(random));

        // What looks most like the key of another name: the key itself, and what it is made of.
        foreach (var key in names.Keys.ToList())
        {
            Add(key);
            Add(LockKey.FromName(key));
            Add(key.Replace('\uFFFD', '\n'));
            Add(key[..^1]);
            Add(key + "~");
        }

        void Add(string name)
        {
            var key = LockKey.FromName(name);
            Assert.True(names.TryAdd(key, name) || names[key] == name, $"'{key}' is the key of two names.");
        }
    });

    private static string MakeName(Random random)
    {
        var name = new StringBuilder();
        for (var pieces = random.Next(8); pieces > 0; pieces--)
        {
            var piece = random.Chance(0.2) ? ((char)random.Next(CodeUnits)).ToString() : random.Pick<string>(Pieces);
            name.Insert(0, piece, random.Chance(0.05) ? random.Next(600) : 1);
        }

        return name.ToString();
    }

    private static string HashOf(byte[] bytes) =>
        Convert.ToBase64String(SHA256.HashData(bytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static void AssertOrleansTakesIt(string key)
    {
        if (LockKey.FindProblem(key) is null)
            Assert.False(GrainId.Create("lockgrains.lock", key).IsDefault);
    }
}
