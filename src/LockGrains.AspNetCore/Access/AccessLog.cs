using Microsoft.Extensions.Logging;

namespace LockGrains.AspNetCore.Access;

/// <summary>What access says about itself. Its events have the ids 451 to 499; docs/MONITORING.md lists them.</summary>
internal static partial class AccessLog
{
    [LoggerMessage(EventId = 451, Level = LogLevel.Information, Message = "Access has changed. Access keys that are accepted now: {Count}.")]
    public static partial void Changed(ILogger logger, int count);

    [LoggerMessage(
        EventId = 452,
        Level = LogLevel.Error,
        Message = "The change of LockGrains:Access is wrong and is not taken; the {Count} access keys from before stay accepted. {Problems}")]
    public static partial void ChangeRefused(ILogger logger, string problems, int count);

    [LoggerMessage(EventId = 453, Level = LogLevel.Warning, Message = "The access key '{Name}' is still used, and was only accepted before {NotAfter:u}.")]
    public static partial void KeyExpired(ILogger logger, string name, DateTimeOffset notAfter);
}
