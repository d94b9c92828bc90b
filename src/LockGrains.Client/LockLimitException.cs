using System.Globalization;

namespace LockGrains;

/// <summary>More permits were asked for than the limit that is set for the key, so they could never be granted. Nothing is left behind.</summary>
public sealed class LockLimitException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="permits">How many permits were asked for.</param>
    /// <param name="detail">What the silo says.</param>
    public LockLimitException(string key, int permits, string? detail)
        : base(string.Create(CultureInfo.InvariantCulture, $"The lock '{key}' can never grant {permits} permits. {detail ?? "The silo named no limit."}"))
    {
        Key = key;
        Permits = permits;
    }

    /// <summary>The lock's key.</summary>
    public string Key { get; }

    /// <summary>How many permits were asked for.</summary>
    public int Permits { get; }
}
