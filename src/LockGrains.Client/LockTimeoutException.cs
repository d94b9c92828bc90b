using System.Globalization;

namespace LockGrains;

/// <summary>The wait ended before the lock came. Nothing is left behind: this acquire neither holds nor waits any more.</summary>
public sealed class LockTimeoutException : TimeoutException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="waited">How long the acquire had waited for the lock.</param>
    /// <param name="place">The last known place in the queue; 0 when the wait was over before the place was told.</param>
    public LockTimeoutException(string key, TimeSpan waited, int place)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"The lock '{key}' was not acquired within {waited.TotalSeconds:0.###} s{ExplainPlace(place)}."))
    {
        Key = key;
        Waited = waited;
        Place = place;
    }

    /// <summary>The lock's key.</summary>
    public string Key { get; internal set; }

    /// <summary>
    /// How long the acquire had waited for the lock: as long as it was told to. That nothing is left of it may have taken longer to confirm.
    /// </summary>
    public TimeSpan Waited { get; internal set; }

    /// <summary>
    /// The last known place in the queue, 1 for the next in line; 0 when the wait was over before the place was told.
    /// </summary>
    public int Place { get; internal set; }

    private static string ExplainPlace(int place) =>
        place > 0 ? string.Create(CultureInfo.InvariantCulture, $"; the last place in its queue was {place}") : "";
}
