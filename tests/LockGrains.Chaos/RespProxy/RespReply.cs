namespace LockGrains.Chaos;

/// <summary>The place of one reply in the order of a connection's replies: what becomes of it is decided when its request comes.</summary>
internal sealed class RespReply(RespProxyMode mode)
{
    /// <summary>What is done when its turn comes.</summary>
    public RespProxyMode Mode { get; } = mode;

    /// <summary>Null until Redis has answered, or for ever when it is not asked.</summary>
    public byte[]? Bytes { get; set; }

    /// <summary>A time stamp before which it is not passed on; 0 when there is none.</summary>
    public long NotBefore { get; init; }

    /// <summary>The request that is kept back, for <see cref="RespProxyMode.LateWrite"/>.</summary>
    public RespRequest? Held { get; init; }

    /// <summary>How long it is kept back after the client's connection was closed.</summary>
    public TimeSpan HeldFor { get; init; }

    /// <summary>A reply that Redis is not asked for; null when the mode is not one of those.</summary>
    public static byte[]? Invented(RespProxyMode mode) => mode switch
    {
        RespProxyMode.ReadOnly => "-READONLY You can't write against a read only replica.\r\n"u8.ToArray(),
        RespProxyMode.Loading => "-LOADING Redis is loading the dataset in memory\r\n"u8.ToArray(),
        RespProxyMode.OutOfMemory => "-OOM command not allowed when used memory > 'maxmemory'.\r\n"u8.ToArray(),
        RespProxyMode.NoScript => "-NOSCRIPT No matching script. Please use EVAL.\r\n"u8.ToArray(),
        RespProxyMode.Moved => "-MOVED 3999 127.0.0.1:1\r\n"u8.ToArray(),
        RespProxyMode.Misconfigured => "-MISCONF Errors writing to the AOF file: No space left on device\r\n"u8.ToArray(),
        _ => null,
    };
}
