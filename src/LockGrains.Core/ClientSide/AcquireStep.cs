namespace LockGrains.Core;

/// <summary>What an acquire does next. <c>Send</c> to <c>Cancel</c> are carried out and reported back; the others end it.</summary>
public enum AcquireAction
{
    /// <summary>Never asked for: a default-made value.</summary>
    None = 0,

    /// <summary>Send the request, and await the reply for <see cref="AcquireStep.Time"/>.</summary>
    Send,

    /// <summary>Send a renewal of the lease that was granted, and await the reply for <see cref="AcquireStep.Time"/>.</summary>
    Confirm,

    /// <summary>Pause for <see cref="AcquireStep.Time"/>.</summary>
    Pause,

    /// <summary>Cancel the request, unless that has begun, and await the confirmation for <see cref="AcquireStep.Time"/>.</summary>
    Cancel,

    /// <summary>The caller holds the lock: <see cref="AcquireProtocol.Token"/>, <see cref="AcquireProtocol.Schedule"/>.</summary>
    Granted,

    /// <summary>The lock was not acquired, and nothing is left of the request.</summary>
    NotAcquired,

    /// <summary>The queue is full.</summary>
    QueueFull,

    /// <summary>The request breaks a rule of the silo.</summary>
    Refused,

    /// <summary>The hold that was to be upgraded is over.</summary>
    NotHeld,

    /// <summary>It asks for more permits than the key's limit.</summary>
    OverLimit,

    /// <summary>The session that the hold was to be under is over.</summary>
    SessionOver,

    /// <summary>There was no usable reply for <see cref="AcquireStep.Time"/>.</summary>
    NoReply,

    /// <summary>The wait is over, and the cancel was not confirmed within <see cref="AcquireStep.Time"/>.</summary>
    EndNotConfirmed,

    /// <summary>A grant came too late, and its cancel was not confirmed within <see cref="AcquireStep.Time"/>.</summary>
    LateGrantNotReturned,
}

/// <summary>One step of an acquire.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Time">How long; see <see cref="AcquireAction"/>.</param>
/// <param name="Wait">Send: how long the caller is still ready to wait.</param>
/// <param name="Slice">Send: the longest that this one call may wait in the queue.</param>
/// <param name="Beats">Send: how often a heartbeat names the request while the call waits; null for not at all.</param>
public readonly record struct AcquireStep(
    AcquireAction Action, TimeSpan Time = default, TimeSpan Wait = default, TimeSpan Slice = default, TimeSpan? Beats = null);

/// <summary>What became of a cancel, as far as it was awaited.</summary>
public enum CancelProgress
{
    /// <summary>Nobody has confirmed it yet, and it goes on.</summary>
    GoesOn,

    /// <summary>The silo confirmed it: the request holds nothing and waits for nothing.</summary>
    Confirmed,

    /// <summary>It was repeated for as long as anything could be left, and then given up.</summary>
    GivenUp,
}
