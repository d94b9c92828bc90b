using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>Looks whether a lock that nobody released was kept from others for its lock-delay.</summary>
internal sealed class DelayChecker(Func<ClientAttempt, bool> isExcused, Action<string, string, long> fail)
{
    private readonly List<ClientAttempt> _delayed = [];

    /// <summary>A lock was granted to an attempt.</summary>
    public void OnGranted(ClientAttempt attempt, long token, long at)
    {
        foreach (var other in _delayed.Where(other => !other.IsReleased && !isExcused(other) && other.Asked.Excludes(attempt.Asked)))
        {
            var kept = other.Belief!.Until + other.Delay;
            if (at < kept)
            {
                fail("delay kept", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{attempt.Name} was granted token {token} {(kept - at) / 1e6:0.0} ms before the lock-delay of {other.Name} (token {other.Belief.Token}) was over"), token);
            }
        }

        _delayed.RemoveAll(other => other.Asked.Excludes(attempt.Asked));
        if (attempt.Delay > 0)
            _delayed.Add(attempt);
    }
}
