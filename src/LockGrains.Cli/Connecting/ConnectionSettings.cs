namespace LockGrains.Cli.Connecting;

/// <summary>Where the silos are, and how long to try. The ids must be those of the silos, which refuse anybody else.</summary>
internal sealed record ConnectionSettings
{
    public const string DefaultGateway = "localhost:30000";
    public const string DefaultClusterId = "lockgrains";
    public const string DefaultServiceId = "lockgrains";

    public static readonly TimeSpan DefaultRetryFor = new LockClientOptions().UnavailableTimeout;

    /// <summary>The gateways to use, and no others; unless <see cref="Redis"/> is set.</summary>
    public IReadOnlyList<GatewayAddress> Gateways { get; init; } = [];

    /// <summary>A Redis connection string, to find the gateways by; null to use <see cref="Gateways"/>.</summary>
    public string? Redis { get; init; }

    public string ClusterId { get; init; } = DefaultClusterId;

    public string ServiceId { get; init; } = DefaultServiceId;

    /// <summary>How long no silo may answer before lockgrains gives up.</summary>
    public TimeSpan RetryFor { get; init; } = DefaultRetryFor;

    /// <summary>Where was looked for silos, for a message. Never the connection string, which may hold a password.</summary>
    public string Where => Redis is null ? string.Join(", ", Gateways) : "the addresses registered in Redis";
}
