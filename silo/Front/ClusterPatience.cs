using LockGrains.Core;
using Microsoft.AspNetCore.Connections;
using Orleans.Networking.Shared;
using Orleans.Runtime.Messaging;
using StackExchange.Redis;

namespace LockGrains.Silo.Front;

/// <summary>
/// Tries to reach the cluster for a time. A front often starts beside its silos, and a moment earlier; so it waits a while, says so, and then
/// gives up with a line instead of a trace.
/// </summary>
/// <param name="settings">The settings of a front.</param>
/// <param name="tell">Tells the operator a line.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class ClusterPatience(SiloSettings settings, Action<string> tell, TimeProvider timeProvider) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly long _startedAt = timeProvider.GetTimestamp();
    private Exception? _cause;
    private bool _told;

    /// <inheritdoc/>
    /// <exception cref="StartException">The time is over; it says where was looked for silos, and what may be wrong.</exception>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        // Orleans pauses after a failure, and tells of the pause the next time.
        if (_cause is null || exception.GetBaseException() is not ConnectionFailedException)
            _cause = exception;
        if (timeProvider.GetElapsedTime(_startedAt) + Pause >= settings.ClusterStartTimeout)
            throw new StartException(StartException.Unavailable, $"no silo replied at {Where} within {Time}: {Explain(_cause.GetBaseException())}", _cause);
        if (!_told)
        {
            tell($"waiting up to {Time} for a silo at {Where}");
            _told = true;
        }

        await Task.Delay(Pause, timeProvider, cancellationToken);
        return true;
    }

    private string Time => DurationText.Format(settings.ClusterStartTimeout);

    // Never the connection string, which may hold a password.
    private string Where => settings.Redis is not null ? "the addresses registered in Redis"
        : settings.Postgres is not null ? "the addresses registered in PostgreSQL"
        : settings.Gateway!;

    private string TlsReason => settings.HasTls
        ? ", if it has no TLS, or if it does not accept this certificate; its log says which"
        : ", or if it has TLS and this front has not";

    private string Explain(Exception cause) => cause switch
    {
        SiloUnavailableException when settings.Gateway is null =>
            $"no running silo of cluster id '{settings.ClusterId}' and service id '{settings.ServiceId}' is registered there.",
        SiloUnavailableException => "the name is not known.",
        RedisException => "Redis did not reply.",
        SocketConnectionException => $"nobody listens there. Is a silo running, with cluster id '{settings.ClusterId}'?",
        ConnectionAbortedException or ConnectionResetException or InvalidOperationException =>
            $"what listens there closed the connection. A silo does so if its cluster id is not '{settings.ClusterId}'{TlsReason}.",
        ConnectionFailedException => $"no reply. Is a silo running, with cluster id '{settings.ClusterId}'?",
        var other => other.Message,
    };
}
