namespace LockGrains.Chaos;

/// <summary>Which requests a <see cref="RespProxy"/> takes, and what it does to them.</summary>
/// <param name="Mode">What it does.</param>
internal sealed record RespProxyRule(RespProxyMode Mode)
{
    /// <summary>A part of the key of every record of a lock, whatever the service's id.</summary>
    public const string LockRecords = "/state/lockgrains.lock/";

    public static RespProxyRule Pass { get; } = new(RespProxyMode.Pass);

    public RespCommands Commands { get; init; } = RespCommands.All;

    /// <summary>Only requests with a key that contains this; null takes those without keys as well.</summary>
    public string? KeyPart { get; init; }

    /// <summary>The share of those requests that it takes.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>How many requests it takes at most.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>For <see cref="RespProxyMode.Delay"/>, <see cref="RespProxyMode.Hold"/> and <see cref="RespProxyMode.LateWrite"/>.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>For <see cref="RespProxyMode.Throttle"/>.</summary>
    public int BytesPerSecond { get; init; } = 65536;

    /// <summary>Whether the mode is one of whole connections, so that no request is picked.</summary>
    public bool IsOfConnections =>
        Mode is RespProxyMode.Refuse or RespProxyMode.Blackhole or RespProxyMode.BlackholeReplies or RespProxyMode.Throttle;

    /// <summary>Refuses what would do something else than was meant.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public RespProxyRule Checked()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BytesPerSecond);
        ArgumentOutOfRangeException.ThrowIfNegative(Limit);
        ArgumentOutOfRangeException.ThrowIfLessThan(Delay, TimeSpan.Zero);
        if (Probability is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(Probability), Probability, "A probability is between 0 and 1.");
        return this;
    }

    /// <summary>Whether the request is one of those that it takes a share of.</summary>
    public bool Fits(RespRequest request) => Commands switch
    {
        RespCommands.Scripts => request.IsScript,
        RespCommands.RecordReads => request.Name == "HGETALL",
        RespCommands.Writes => request.IsWrite,
        _ => true,
    } && (KeyPart is null || request.HasKeyWith(KeyPart));
}
