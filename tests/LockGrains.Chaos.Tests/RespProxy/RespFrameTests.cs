using System.Buffers;
using System.Text;

namespace LockGrains.Chaos.Tests;

public sealed class RespFrameTests
{
    [Theory]
    [InlineData("+OK\r\n")]
    [InlineData("-ERR no\r\n")]
    [InlineData(":-1\r\n")]
    [InlineData("$-1\r\n")]
    [InlineData("$0\r\n\r\n")]
    [InlineData("$4\r\na\r\nb\r\n")]
    [InlineData("*-1\r\n")]
    [InlineData("*0\r\n")]
    [InlineData("*2\r\n*1\r\n$1\r\na\r\n:7\r\n")]
    [InlineData("_\r\n")]
    [InlineData("#t\r\n")]
    [InlineData(",1.5\r\n")]
    [InlineData("(123456789012345678901\r\n")]
    [InlineData("!3\r\nbad\r\n")]
    [InlineData("=6\r\ntxt:ab\r\n")]
    [InlineData("%1\r\n+key\r\n*1\r\n:1\r\n")]
    [InlineData("~2\r\n:1\r\n:2\r\n")]
    [InlineData(">2\r\n+message\r\n$1\r\nx\r\n")]
    [InlineData("|1\r\n+ttl\r\n:3\r\n$1\r\nv\r\n")]
    [InlineData("PING\r\n")]
    public void TryTake_EachType_TakesAllOfItAndNoMore(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        for (var length = 0; length < bytes.Length; length++)
        {
            var part = new ReadOnlySequence<byte>(bytes, 0, length);
            Assert.False(RespFrame.TryTake(ref part, out _), $"{length} of {bytes.Length} bytes were taken for a whole message.");
            Assert.Equal(length, part.Length);
        }

        var buffer = new ReadOnlySequence<byte>([.. bytes, .. "+next\r\n"u8]);
        Assert.True(RespFrame.TryTake(ref buffer, out var frame));
        Assert.Equal(bytes, frame);
        Assert.Equal("+next\r\n"u8.ToArray(), buffer.ToArray());
    }

    [Theory]
    [InlineData("*x\r\n")]
    [InlineData("$99999999999\r\n")]
    [InlineData("$\r\n")]
    public void TryTake_LengthThatIsNone_IsRefused(string text) =>
        Assert.Throws<InvalidDataException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(text));
            RespFrame.TryTake(ref buffer, out _);
        });

    [Fact]
    public void Request_OfAScript_KnowsItsKeysOnly()
    {
        var request = new RespRequest(RawRedisClient.Encode("evalsha", "abc", "2", "first", "second", "argument"));
        Assert.Equal("EVALSHA", request.Name);
        Assert.True(request is { IsScript: true, IsWrite: true, StartsStream: false });
        Assert.True(request.HasKeyWith("first") && request.HasKeyWith("econ"));
        Assert.False(request.HasKeyWith("argument") || request.HasKeyWith("abc"));
    }

    [Fact]
    public void Request_OfOneKey_KnowsIt()
    {
        var request = new RespRequest("hgetall some:key other\r\n"u8.ToArray());
        Assert.Equal("HGETALL", request.Name);
        Assert.True(request is { IsScript: false, IsWrite: false });
        Assert.True(request.HasKeyWith("some:"));
        Assert.False(request.HasKeyWith("other"));
        Assert.False(new RespRequest(RawRedisClient.Encode("PING")).HasKeyWith(""));
    }
}
