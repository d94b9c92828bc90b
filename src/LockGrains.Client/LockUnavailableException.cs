namespace LockGrains;

/// <summary>The cluster, or the storage behind it, could not be reached for so long that the call gave up.</summary>
public sealed class LockUnavailableException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="what">What gave up, and after how long; the beginning of the message.</param>
    /// <param name="mayHaveTakenEffect">Whether what was asked for may have happened.</param>
    /// <param name="innerException">The last failure: what was thrown, or what the silo said; its message ends this one.</param>
    public LockUnavailableException(string key, string what, bool mayHaveTakenEffect, Exception? innerException = null)
        : this(key, $"{what} {(mayHaveTakenEffect ? "It may have taken effect." : "It had no effect.")}", innerException) =>
        MayHaveTakenEffect = mayHaveTakenEffect;

    /// <summary>Makes the exception of a call that only reads: nobody would ask what effect it had.</summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="what">What gave up; the beginning of the message.</param>
    /// <param name="innerException">The last failure.</param>
    internal LockUnavailableException(string key, string what, Exception? innerException)
        : base(innerException is null ? what : $"{what} The last failure: {innerException.Message}", innerException) =>
        Key = key;

    /// <summary>The lock's key.</summary>
    public string Key { get; internal set; }

    /// <summary>
    /// True when what was asked for may have happened. After an acquire: the lock may be held for a while without a handle, until
    /// the cancel that goes on in the background is confirmed, or the lease runs out.
    /// </summary>
    public bool MayHaveTakenEffect { get; internal set; }
}
