namespace LockGrains.Silo;

/// <summary>What the host says about itself.</summary>
internal static partial class SiloLog
{
    [LoggerMessage(
        EventId = 1,
        Level = LogLevel.Information,
        Message = "LockGrains silo ready on {Address}:{SiloPort}, gateway {GatewayPort}, storage {Storage}")]
    public static partial void LogReady(this ILogger logger, System.Net.IPAddress address, int siloPort, int gatewayPort, string storage);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "LockGrains silo stopping: handing its locks over")]
    public static partial void LogStopping(this ILogger logger);

    [LoggerMessage(
        EventId = 3,
        Level = LogLevel.Warning,
        Message = "State is in memory and not durable: locks do not survive a restart. Leave out --memory to keep them.")]
    public static partial void LogNotDurable(this ILogger logger);
}
