using LockGrains.Cli.Connecting;

namespace LockGrains.Cli.Tests.Connecting;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080")]
    [InlineData("https://locks-1:8080, https://locks-2:8080", "https://locks-1:8080", "https://locks-2:8080")]
    [InlineData("http://[::1]:8080/locks/", "http://[::1]:8080/locks/")]
    public void TryParseList_Addresses_AreReadInTheirOrder(string text, params string[] expected)
    {
        Assert.True(ServerAddress.TryParseList(text, out var servers, out var problem), problem);
        Assert.Equal(expected, servers);
    }

    [Theory]
    [InlineData("", "''")]
    [InlineData("localhost:8080", "'localhost:8080'")]
    [InlineData("ftp://h", "'ftp://h'")]
    [InlineData("http://", "'http://'")]
    [InlineData("http://h,", "''")]
    [InlineData("http://h?a=b", "'http://h?a=b'")]
    [InlineData("http://h#a", "'http://h#a'")]
    [InlineData("http://me:sesame@h", "user or a password")]
    [InlineData("http://me:sesame,x@h:1", "user or a password")]
    [InlineData("http://h:80,http://H/", "twice")]
    [InlineData("http://h/locks,http://h/locks/", "twice")]
    public void TryParseList_WhatIsNone_SaysWhichOne(string text, string why)
    {
        Assert.False(ServerAddress.TryParseList(text, out _, out var problem));
        Assert.Contains(why, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void TryParseList_Many_AreAsManyAsTheClientTakes(int count, bool isRead) => Assert.Equal(
        isRead, ServerAddress.TryParseList(string.Join(',', Enumerable.Range(1, count).Select(port => $"http://h:{port}")), out _, out _));

    [Theory]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://127.9.9.9", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("https://localhost", true)]
    [InlineData("http://10.0.0.1", false)]
    [InlineData("http://localhost.example", false)]
    [InlineData("http://127.0.0.1.example", false)]
    public void IsLoopback_IsWhatNobodyElseHears(string server, bool isLoopback) => Assert.Equal(isLoopback, ServerAddress.IsLoopback(server));

    [Theory]
    [InlineData("http://locks:8080", "locks")]
    [InlineData("http://10.0.0.1", null)]
    [InlineData("http://[::1]", null)]
    [InlineData("http://localhost:8080", null)]
    public void FindName_IsWhatHasToBeLookedUp(string server, string? name) => Assert.Equal(name, ServerAddress.FindName(server));
}
