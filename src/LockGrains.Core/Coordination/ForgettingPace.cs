namespace LockGrains.Core;

/// <summary>
/// How many keys a host forgets at a time. After a rush, or a pause of its machine, a hundred thousand keys may be due at once. Forgetting is
/// never urgent: it must not stand between a lock and its storage.
/// </summary>
/// <remarks>Made to be shared by all coordinators of a host, on any thread.</remarks>
public sealed class ForgettingPace
{
    /// <summary>How many keys are being forgotten at a time.</summary>
    public const int AtOnceMax = 64;

    /// <summary>The least time between two keys that come back because others were being forgotten.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly TimeProvider _timeProvider;
    private readonly long _origin;
    private TimeSpan _lastRetry;
    private int _begun;

    /// <summary>Makes one for a host.</summary>
    /// <param name="timeProvider">The clock of its coordinators.</param>
    public ForgettingPace(TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        _timeProvider = timeProvider;
        _origin = timeProvider.GetTimestamp();
    }

    /// <summary>Begins with a key, unless enough are being forgotten already.</summary>
    /// <param name="retryIn">When to ask again, if it does not begin. Each key that is told so is told another time.</param>
    /// <returns>Whether it begins; if so, <see cref="End"/> must follow.</returns>
    public bool TryBegin(out TimeSpan retryIn)
    {
        lock (_gate)
        {
            retryIn = TimeSpan.Zero;
            if (_begun < AtOnceMax)
            {
                _begun++;
                return true;
            }

            var now = _timeProvider.GetElapsedTime(_origin);
            _lastRetry = now + RetryAfter > _lastRetry + Step ? now + RetryAfter : _lastRetry + Step;
            retryIn = _lastRetry - now;
            return false;
        }
    }

    /// <summary>That key is forgotten, or it was not to be.</summary>
    public void End()
    {
        lock (_gate)
            _begun--;
    }
}
