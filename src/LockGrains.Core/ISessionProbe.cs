namespace LockGrains.Core;

/// <summary>Finds out whether a session is over, for the locks that are held under it.</summary>
public interface ISessionProbe
{
    /// <summary>
    /// Asks the session's own lock. True only once the end of the session is in storage: a lock is handed on by that word. An end that a crash
    /// could take back must not be told, or the lock would be handed on while the session lives.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="wait">How long the reply may wait for the end; 0 for the present state.</param>
    /// <param name="cancellationToken">Ends the asking: nobody wants to know any more, or the reply is late. It is, 5 s after the wait; 2 s where that is 0.</param>
    /// <returns>Whether it is over; false when it was found alive.</returns>
    /// <exception cref="Exception">Nobody can say. Then the session counts as alive.</exception>
    Task<bool> HasEndedAsync(SessionRef session, TimeSpan wait, CancellationToken cancellationToken);
}
