using System.Security.Cryptography;
using System.Text;
using LockGrains.AspNetCore.Access;

namespace LockGrains.AspNetCore.Tests.Access;

public sealed class AccessSecretTests
{
    [Fact]
    public void Create_Secrets_Have256RandomBitsAndAMark()
    {
        var secrets = Enumerable.Range(0, 100).Select(_ => AccessSecret.Create()).ToList();

        Assert.All(secrets, secret => Assert.Matches("^lg_[A-Za-z0-9_-]{43}$", secret));
        Assert.Equal(100, secrets.Distinct().Count());
    }

    /// <summary>So that a shell can do without LockGrains: <c>printf %s "$KEY" | sha256sum</c>.</summary>
    [Fact]
    public void Hash_OfASecret_IsTheSha256OfItsText()
    {
        var secret = AccessSecret.Create();

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret))), AccessSecret.Hash(secret));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sesame")]
    [InlineData("lg_sesame")]
    [InlineData("LG_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("lg_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("lg_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("lg_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("lg_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAé")]
    public void Hash_OfWhatIsNoSecret_IsRefusedWithoutRepeatingIt(string text)
    {
        var exception = Assert.Throws<ArgumentException>(() => AccessSecret.Hash(text));

        Assert.True(text.Length == 0 || !exception.Message.Contains(text, StringComparison.Ordinal), exception.Message);
        Assert.False(AccessSecret.TryHash(text, new byte[32]));
    }

    [Fact]
    public void Hide_OfATextWithASecret_LeavesNothingOfIt()
    {
        var secret = AccessSecret.Create();

        Assert.DoesNotContain(secret[3..], AccessSecret.Hide($"x{secret.ToUpperInvariant()}"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("billing", AccessSecret.Hide("billing"));
    }
}
