using System.Globalization;

namespace LockGrains;

/// <summary>
/// Lets what needs the cluster wait until Orleans has started in this host. A service that the host starts before Orleans may acquire at
/// once, and has its lock when there is a connection.
/// </summary>
internal sealed class StartGate
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isExpected;

    private bool IsOpen => !_isExpected || _started.Task.IsCompleted;

    /// <summary>There is an Orleans in this host that has not started. Unless this is said, nothing waits.</summary>
    public void Expect() => _isExpected = true;

    public void Open() => _started.TrySetResult();

    /// <summary>Waits for the start.</summary>
    /// <param name="key">The lock that is asked for.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LockUnavailableException">It did not come.</exception>
    public ValueTask WhenOpenAsync(string key, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken) =>
        IsOpen ? ValueTask.CompletedTask : new ValueTask(WaitAsync(key, patience, time, cancellationToken));

    private async Task WaitAsync(string key, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await _started.Task.WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new LockUnavailableException(
                key,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Nothing was asked about the lock '{key}': Orleans has not started in this host within {patience.TotalSeconds:0.#} s. A host starts "
                    + $"its services one after another, so what waits for a lock in its own StartAsync must be added after Orleans."),
                mayHaveTakenEffect: false);
        }
    }
}
