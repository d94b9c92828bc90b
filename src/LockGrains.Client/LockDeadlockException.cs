namespace LockGrains;

/// <summary>
/// A session asked for a lock that it would never be granted: it holds the lock itself, and what it holds is in the way. Nothing was sent, and
/// nothing is lost.
/// <para>
/// Code that is called under the lock takes one more handle of the same hold, by <see cref="LockSession.TryGetHeld"/> or <see
/// cref="LockHandle.Reenter"/>. Who holds it <see cref="LockMode.Upgradeable"/> and wants it alone calls <see cref="LockHandle.UpgradeAsync"/>. Work
/// that is to wait for other work of the same program needs another owner: a session of its own, or <see cref="ILockClient.AcquireAsync"/>.
/// </para>
/// etcd and Consul say yes to such a request at once, and so let two in; Curator counts it by thread.
/// </summary>
public sealed class LockDeadlockException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="sessionId">The session that holds the lock and asked for it.</param>
    /// <param name="held">What it has: the strongest of its holds that are in the way.</param>
    /// <param name="wanted">What it asked for.</param>
    public LockDeadlockException(string key, string sessionId, LockMode held, LockMode wanted)
        : base($"The session {sessionId} would wait for itself: it holds the lock '{key}' {Name(held)}, and asks for it {Name(wanted)}. {WayOut(held, wanted)}")
    {
        Key = key;
        SessionId = sessionId;
        Held = held;
        Wanted = wanted;
    }

    /// <summary>The lock's key.</summary>
    public string Key { get; internal set; }

    /// <summary>The session that holds the lock and asked for it.</summary>
    public string SessionId { get; internal set; }

    /// <summary>What it has: the strongest of its holds that are in the way.</summary>
    public LockMode Held { get; internal set; }

    /// <summary>What it asked for. The same as <see cref="Held"/>, and shared, where its permits and the new ones are more than the limit.</summary>
    public LockMode Wanted { get; internal set; }

    private static string Name(LockMode mode) => mode switch
    {
        LockMode.Exclusive => "exclusively",
        LockMode.Shared => "shared",
        LockMode.Upgradeable => "as upgradeable",
        _ => $"in the mode {(int)mode}",
    };

    private static string WayOut(LockMode held, LockMode wanted) => (held, wanted) switch
    {
        (LockMode.Upgradeable, LockMode.Exclusive) => "Call UpgradeAsync of the handle that it has, which TryGetHeld finds.",
        (LockMode.Shared, LockMode.Exclusive) => "Release that hold first; who wants both acquires the lock as upgradeable, and calls UpgradeAsync.",
        (LockMode.Shared, _) => "Its permits and the new ones are more than the limit: release some first, or acquire all that you need by one call.",
        _ => "Take one more handle of that hold: TryGetHeld of the session, or Reenter of its handle.",
    }
    + " Work that is to wait for other work of this program needs another owner: a session of its own, or the client's AcquireAsync.";
}
