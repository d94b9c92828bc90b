namespace LockGrains;

/// <summary>
/// Who wakes held locks when their time has come, and has threads for what follows from it. On the system's clock that is <see
/// cref="ThreadWatch"/>, which does both though every thread of the pool is blocked; on any other clock <see cref="TimerWatch"/>. A clock that
/// only moves when its client is at rest has one of its own, since it cannot see what goes on in the pool.
/// </summary>
internal interface IWatch
{
    /// <summary>How long before a loss by the clock it wants to be warned; 0 where it makes no use of that.</summary>
    TimeSpan Notice { get; }

    /// <summary>How long after a warning <see cref="IsPoolStalled"/> is to be asked.</summary>
    TimeSpan PoolPatience { get; }

    /// <summary>
    /// Whether the pool has let a warning go unanswered: then nothing can be renewed any more, and to tell a loss takes longer than it should.
    /// </summary>
    bool IsPoolStalled { get; }

    /// <summary>
    /// Makes an unarmed alarm. What it calls must be short and call nothing of the program's: all other alarms wait for it.
    /// </summary>
    ITimer CreateAlarm(TimerCallback callback, object state);

    /// <summary>Does what may take its time, or calls the program: on the pool.</summary>
    void Run(Action work);

    /// <summary>A loss may have to be told when <see cref="Notice"/> is over.</summary>
    void Warn();

    /// <summary>Cancels a source soon. Its callbacks may block for as long as they like; nobody else waits for them.</summary>
    /// <param name="source">What to cancel.</param>
    /// <param name="onThrew">Told what callbacks threw.</param>
    /// <returns>Completes when all callbacks are done; never fails.</returns>
    Task Cancel(CancellationTokenSource source, Action<Exception> onThrew);

    /// <summary>Cancels a source at once. Its callbacks begin on the pool.</summary>
    /// <param name="source">What to cancel.</param>
    /// <returns>Completes when all callbacks are done.</returns>
    Task CancelAsync(CancellationTokenSource source) => source.CancelAsync();

    /// <summary>Starts work that knows nothing of its starter; see <see cref="ClientRuntime.RunDetached"/>.</summary>
    Task<T> RunDetached<T>(Func<Task<T>> work) => ClientRuntime.RunDetached(work);

    /// <summary>Makes a source that is cancelled with either of two tokens.</summary>
    /// <param name="caller">A token of the program's.</param>
    /// <param name="ending">A token of the client's.</param>
    CancellationTokenSource Link(CancellationToken caller, CancellationToken ending) => CancellationTokenSource.CreateLinkedTokenSource(caller, ending);
}
