namespace LockGrains.Silo;

/// <summary>What the host says about itself. Its events have the ids 201 to 299; docs/MONITORING.md lists them.</summary>
internal static partial class SiloLog
{
    [LoggerMessage(
        EventId = 201,
        Level = LogLevel.Information,
        Message = "LockGrains silo ready on {Address}:{SiloPort}, gateway {GatewayPort}, name {Name}, storage {Storage}")]
    public static partial void LogReady(this ILogger logger, System.Net.IPAddress address, int siloPort, int gatewayPort, string name, string storage);

    [LoggerMessage(EventId = 202, Level = LogLevel.Information, Message = "LockGrains silo stopping: handing its locks over")]
    public static partial void LogStopping(this ILogger logger);

    [LoggerMessage(
        EventId = 203,
        Level = LogLevel.Warning,
        Message = "State is in memory and not durable: locks do not survive a restart. Leave out --memory to keep them.")]
    public static partial void LogNotDurable(this ILogger logger);

    [LoggerMessage(EventId = 204, Level = LogLevel.Warning, Message = "The connection to Redis is lost: {Problem}{More}")]
    public static partial void LogRedisLost(this ILogger logger, string problem, OutageLine more);

    [LoggerMessage(EventId = 205, Level = LogLevel.Information, Message = "The connection to Redis is back, after {Seconds:0.0} s.")]
    public static partial void LogRedisBack(this ILogger logger, double seconds);

    [LoggerMessage(EventId = 206, Level = LogLevel.Information, Message = "HTTP API on {Url}/v1; clients reach it by --server {Server}; without an access key: {Open}.")]
    public static partial void LogApiOn(this ILogger logger, string url, string server, string open);

    [LoggerMessage(EventId = 207, Level = LogLevel.Information, Message = "The HTTP API is off, only health is served: {Why}")]
    public static partial void LogApiOff(this ILogger logger, string why);

    [LoggerMessage(
        EventId = 208,
        Level = LogLevel.Warning,
        Message = "The HTTP API on {Url} has no TLS: access keys cross the network in the clear. Set HttpCertificate, or put a server with TLS before it.")]
    public static partial void LogInTheClear(this ILogger logger, string url);

    [LoggerMessage(EventId = 209, Level = LogLevel.Information, Message = "The operator's access key, which may do everything, is in '{Path}'.")]
    public static partial void LogOperatorKey(this ILogger logger, string path);

    [LoggerMessage(EventId = 210, Level = LogLevel.Warning, Message = "The operator's access key in '{Path}' is not accepted: {Problem}")]
    public static partial void LogOperatorKeyRefused(this ILogger logger, string path, string problem);

    [LoggerMessage(EventId = 211, Level = LogLevel.Error, Message = "'{File}' could not be read again; what was read from it before stays: {Problem}")]
    public static partial void LogNotReloaded(this ILogger logger, string file, string problem);

    [LoggerMessage(EventId = 212, Level = LogLevel.Information, Message = "LockGrains front ready on {Url}, for silos {Where}")]
    public static partial void LogFrontReady(this ILogger logger, string url, string where);

    [LoggerMessage(EventId = 213, Level = LogLevel.Information, Message = "LockGrains front stopping")]
    public static partial void LogFrontStopping(this ILogger logger);

    [LoggerMessage(EventId = 214, Level = LogLevel.Warning, Message = "The password of {Store} may cross the network in the clear, on the way to {Server}. Set {Remedy}.")]
    public static partial void LogPasswordInTheClear(this ILogger logger, string store, string server, string remedy);

    [LoggerMessage(EventId = 215, Level = LogLevel.Warning, Message = "An Orleans client called {Call}, which is not for clients; it was refused.{More}")]
    public static partial void LogClientRefused(this ILogger logger, string call, OutageLine more);

    [LoggerMessage(EventId = 216, Level = LogLevel.Warning, Message = "The connection of an Orleans client was closed: {Problem}{More}")]
    public static partial void LogClientClosed(this ILogger logger, string problem, OutageLine more);

    [LoggerMessage(EventId = 217, Level = LogLevel.Information, Message = "Telemetry: {What} to {Endpoint}")]
    public static partial void LogTelemetry(this ILogger logger, string what, string endpoint);

    [LoggerMessage(EventId = 218, Level = LogLevel.Warning, Message = "The storage is on another machine, {Server}, and this silo listens on loopback alone: silos and Orleans clients elsewhere cannot reach it. Set LockGrains:AdvertisedIP.")]
    public static partial void LogUnreachable(this ILogger logger, string server);
}
