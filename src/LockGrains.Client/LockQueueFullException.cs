using System.Globalization;

namespace LockGrains;

/// <summary>The queue of the key is at its limit, so the silo did not take another waiter.</summary>
public sealed class LockQueueFullException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="queueLength">How many wait.</param>
    public LockQueueFullException(string key, int queueLength)
        : base(string.Create(CultureInfo.InvariantCulture, $"The queue of the lock '{key}' is full: {queueLength} wait already."))
    {
        Key = key;
        QueueLength = queueLength;
    }

    /// <summary>The lock's key.</summary>
    public string Key { get; internal set; }

    /// <summary>How many wait.</summary>
    public int QueueLength { get; internal set; }
}
