namespace LockGrains.Cli.Commands;

/// <summary>What <c>run</c> was asked to do.</summary>
internal sealed record RunSettings
{
    public required string Key { get; init; }

    /// <summary>The command and its arguments: at least one.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>How long to wait for the lock; 0 tries once, infinite never gives up.</summary>
    public TimeSpan Wait { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>The lease; null for the client's default.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>The label shown to others; null for the client's default.</summary>
    public string? Owner { get; init; }

    /// <summary>How long the command has between SIGTERM and SIGKILL once the lock is lost.</summary>
    public TimeSpan Grace { get; init; } = DefaultGrace;

    public static TimeSpan DefaultGrace { get; } = TimeSpan.FromSeconds(5);
}
