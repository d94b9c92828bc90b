namespace LockGrains.Cli.Connecting;

/// <summary>Where the locks are, who asks, and how long to try.</summary>
internal sealed record ConnectionSettings
{
    /// <summary>That of a silo that nobody told otherwise.</summary>
    public const string DefaultServer = "http://127.0.0.1:8080";

    public static readonly TimeSpan DefaultRetryFor = new LockClientOptions().UnavailableTimeout;

    /// <summary>The servers of one cluster: at least one.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [DefaultServer];

    /// <summary>The access key; null for none.</summary>
    public string? AccessKey { get; init; }

    /// <summary>The access key that is sent where a server refuses what has none; null for none.</summary>
    public string? OperatorKey { get; init; }

    /// <summary>How long no server may reply before lockgrains gives up.</summary>
    public TimeSpan RetryFor { get; init; } = DefaultRetryFor;

    /// <summary>The record's own text would have the keys in it.</summary>
    public override string ToString() => string.Join(", ", Servers);
}
