using System.Globalization;
using System.Text;

namespace LockGrains.Chaos;

/// <summary>A command on its way to Redis: its bytes as they came, and as much of their meaning as a rule asks for.</summary>
internal sealed class RespRequest
{
    private static readonly HashSet<string> Writes = new(StringComparer.Ordinal)
    {
        "APPEND", "COPY", "DECR", "DEL", "EXPIRE", "EXPIREAT", "FCALL", "FLUSHALL", "FLUSHDB", "GETDEL", "GETSET", "HDEL", "HINCRBY", "HMSET", "HSET",
        "HSETNX", "INCR", "INCRBY", "LPUSH", "MSET", "PERSIST", "PEXPIRE", "PEXPIREAT", "PSETEX", "PUBLISH", "RENAME", "RESTORE", "RPUSH", "SADD", "SET",
        "SETEX", "SETNX", "SREM", "UNLINK", "XADD", "ZADD", "ZREM",
    };

    private readonly List<ReadOnlyMemory<byte>> _words;

    /// <summary>Understands a request.</summary>
    /// <param name="bytes">One whole frame: an array of bulk strings, or a line of words.</param>
    public RespRequest(byte[] bytes)
    {
        Bytes = bytes;
        _words = bytes.Length > 0 && bytes[0] == '*' ? SplitArray(bytes) : SplitLine(bytes);
        Name = _words.Count == 0 ? "" : Text(_words[0]).ToUpperInvariant();
    }

    public byte[] Bytes { get; }

    /// <summary>The command in capitals; empty for an empty line, which Redis does not answer.</summary>
    public string Name { get; }

    public bool IsScript => Name is "EVAL" or "EVALSHA";

    public bool IsWrite => IsScript || Writes.Contains(Name);

    /// <summary>Whether its connection carries other things than one reply for each request from here on.</summary>
    public bool StartsStream => Name is "SUBSCRIBE" or "PSUBSCRIBE" or "SSUBSCRIBE" or "MONITOR" or "SYNC" or "PSYNC";

    public bool HasKeyWith(string part)
    {
        for (var index = IsScript ? 3 : 1; index < EndOfKeys(); index++)
        {
            if (Text(_words[index]).Contains(part, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static string Text(ReadOnlyMemory<byte> word) => Encoding.UTF8.GetString(word.Span);

    private static List<ReadOnlyMemory<byte>> SplitArray(byte[] bytes)
    {
        var words = new List<ReadOnlyMemory<byte>>();
        var at = bytes.AsSpan().IndexOf("\r\n"u8) + 2;
        while (at < bytes.Length && bytes[at] == '$')
        {
            var end = at + bytes.AsSpan(at).IndexOf("\r\n"u8);
            var length = int.Parse(bytes.AsSpan(at + 1, end - at - 1), NumberStyles.None, CultureInfo.InvariantCulture);
            words.Add(bytes.AsMemory(end + 2, length));
            at = end + 2 + length + 2;
        }

        return words;
    }

    private static List<ReadOnlyMemory<byte>> SplitLine(byte[] bytes) =>
        [.. Encoding.UTF8.GetString(bytes).Split((char[])[' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(word => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(word))];

    private int EndOfKeys()
    {
        if (!IsScript)
            return Math.Min(2, _words.Count);
        return _words.Count > 2 && int.TryParse(Text(_words[2]), NumberStyles.None, CultureInfo.InvariantCulture, out var keys)
            ? Math.Min(3 + keys, _words.Count)
            : 0;
    }
}
