using LockGrains.Core;
using Microsoft.AspNetCore.Connections;
using Orleans.Networking.Shared;
using Orleans.Runtime.Messaging;
using StackExchange.Redis;

namespace LockGrains.Cli.Connecting;

/// <summary>Why no silo was reached, in one line, and what it may be. Orleans' own words name neither.</summary>
internal static class ConnectFailure
{
    /// <summary>Whether an exception names a cause, and is not only told that Orleans pauses after the failure before.</summary>
    public static bool NamesACause(Exception exception) => exception.GetBaseException() is not ConnectionFailedException;

    public static string Describe(ConnectionSettings settings, Exception? cause)
    {
        var beginning = $"no silo answered at {settings.Where} within {DurationText.Format(settings.RetryFor)}: ";
        return beginning + cause?.GetBaseException() switch
        {
            SiloUnavailableException when settings.Redis is not null =>
                $"no running silo of cluster id '{settings.ClusterId}' and service id '{settings.ServiceId}' is registered there. "
                + "If silos run, their ids may be others: see --cluster-id and --service-id.",
            RedisException failure => $"Redis did not answer. {Failure.FirstLine(failure)}",
            SocketConnectionException => $"nobody listens there. Is a silo running, with cluster id '{settings.ClusterId}'?",
            ConnectionAbortedException or ConnectionResetException or InvalidOperationException =>
                $"what listens there closed the connection. A silo does so if its cluster id is not '{settings.ClusterId}': see --cluster-id.",
            null or OperationCanceledException or ConnectionFailedException => $"no answer. Is a silo running, with cluster id '{settings.ClusterId}'?",
            var other => Failure.FirstLine(other),
        };
    }
}
