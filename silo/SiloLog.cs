namespace LockGrains.Silo;

/// <summary>What the host says about itself. Its events have the ids 201 to 299; docs/MONITORING.md lists them.</summary>
internal static partial class SiloLog
{
    [LoggerMessage(
        EventId = 201,
        Level = LogLevel.Information,
        Message = "LockGrains silo ready on {Address}:{SiloPort}, gateway {GatewayPort}, storage {Storage}")]
    public static partial void LogReady(this ILogger logger, System.Net.IPAddress address, int siloPort, int gatewayPort, string storage);

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
}
