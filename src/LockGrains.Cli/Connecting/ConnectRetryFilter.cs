namespace LockGrains.Cli.Connecting;

/// <summary>Tries to reach the cluster again for a time. Then the last failure surfaces.</summary>
internal sealed class ConnectRetryFilter : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _retryFor;
    private readonly long _startedAt;

    public ConnectRetryFilter(TimeProvider timeProvider, TimeSpan retryFor)
    {
        _timeProvider = timeProvider;
        _retryFor = retryFor;
        _startedAt = timeProvider.GetTimestamp();
    }

    /// <summary>The last failure that says why, for the message in the end.</summary>
    public Exception? LastFailure { get; private set; }

    /// <inheritdoc/>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (LastFailure is null || ConnectFailure.NamesACause(exception))
        {
            LastFailure = exception;
        }

        if (_timeProvider.GetElapsedTime(_startedAt) + Pause >= _retryFor)
        {
            return false;
        }

        await Task.Delay(Pause, _timeProvider, cancellationToken);
        return true;
    }
}
