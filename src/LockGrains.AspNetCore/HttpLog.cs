using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LockGrains.AspNetCore;

/// <summary>What the HTTP API says. Its events have the ids 401 to 449; docs/MONITORING.md lists them. None has a <c>leaseId</c>.</summary>
internal static partial class HttpLog
{
    [LoggerMessage(EventId = 401, Level = LogLevel.Debug, Message = "A call of {Path} had no usable reply; the client is told that nobody knows.")]
    public static partial void CallFailed(ILogger logger, PathString path, Exception exception);

    [LoggerMessage(EventId = 402, Level = LogLevel.Error, Message = "A call of {Path} failed, and should not have.")]
    public static partial void Mistake(ILogger logger, PathString path, Exception exception);
}
