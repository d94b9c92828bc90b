using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>What the transport over HTTP logs. Its events have the ids 501 to 549; docs/MONITORING.md lists them. None has an access key or a <c>leaseId</c>.</summary>
internal static partial class HttpClientLog
{
    [LoggerMessage(EventId = 501, Level = LogLevel.Information, Message = "Calls go to the server {Next} from now on, and not to {Server} any more. {Trouble}")]
    public static partial void ServerLeft(this ILogger logger, string server, string next, string trouble);

    [LoggerMessage(EventId = 502, Level = LogLevel.Error, Message = "A server is not used. {Trouble}")]
    public static partial void ServerHasAnotherStore(this ILogger logger, string trouble);
}
