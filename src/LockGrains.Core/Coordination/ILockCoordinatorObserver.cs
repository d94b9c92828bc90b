namespace LockGrains.Core;

/// <summary>
/// What a host wants to know of a coordinator, to measure and to log, and to end its activation. Called on the coordinator's
/// scheduler, between steps; must be quick and must not throw.
/// </summary>
public interface ILockCoordinatorObserver
{
    /// <summary>Something happened to a lease or a waiter, and it is true.</summary>
    /// <param name="lockEvent">What.</param>
    /// <param name="now">When it was decided.</param>
    /// <param name="queueLength">How many wait after it.</param>
    void OnEvent(LockEvent lockEvent, LockTime now, int queueLength);

    /// <summary>A record was written.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="elapsed">How long it took.</param>
    void OnWritten(RecordName name, int bytes, TimeSpan elapsed);

    /// <summary>A write of the lock record went wrong.</summary>
    /// <param name="isConflict">Whether another ETag was found; otherwise nobody knows whether it was applied.</param>
    /// <param name="elapsed">How long it took.</param>
    void OnWriteFailed(bool isConflict, TimeSpan elapsed)
    {
    }

    /// <summary>The key's records were loaded, and fenced if somebody holds or waits.</summary>
    /// <param name="state">What was found.</param>
    /// <param name="fenced">Whether a fence was written.</param>
    void OnLoaded(LockState state, bool fenced);

    /// <summary>Nobody had used the key for a while, and it has no records any more.</summary>
    /// <param name="wasStored">Whether there were records, which are deleted now.</param>
    /// <param name="isUnused">Whether nobody has come meanwhile, so that the activation may end.</param>
    void OnForgotten(bool wasStored, bool isUnused)
    {
    }

    /// <summary>The coordinator answers nothing any more; its activation should end, so that a fresh one loads what is true.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="exception">What was met, where there was an exception.</param>
    void OnQuarantined(QuarantineReason reason, Exception? exception);
}
