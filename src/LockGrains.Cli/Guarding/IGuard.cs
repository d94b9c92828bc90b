using LockGrains.Cli.Children;

namespace LockGrains.Cli.Guarding;

/// <summary>What starts the command, and sees to it that nothing of it runs once the lock is over.</summary>
internal interface IGuard : IAsyncDisposable
{
    /// <summary>The command's own exit code, 128+n when signal n ended it. Fails with a <see cref="CliException"/> when it could not be started.</summary>
    Task<int> Exited { get; }

    /// <summary>The command and all that it started have ended: nothing that ran under the lock still runs.</summary>
    Task Ended { get; }

    /// <summary>Whether the command was asked to end, or ended, for the sake of the lock.</summary>
    bool HasAsked { get; }

    /// <summary>Whether the command was ended: its processes are gone, or are about to be.</summary>
    bool HasKilled { get; }

    /// <summary>Starts the command, once.</summary>
    /// <param name="locks">What it finds in its environment, in the order of the keys.</param>
    /// <param name="heldUntil">When the lock ends unless <see cref="HeldUntil"/> says later, by <see cref="Posix.Now"/>.</param>
    void Start(IReadOnlyList<HeldLock> locks, TimeSpan heldUntil);

    /// <summary>The lock is held until then.</summary>
    void HeldUntil(TimeSpan deadline);

    /// <summary>The lock was taken away.</summary>
    void Revoked();

    /// <summary>Passes a signal on to the command.</summary>
    void Signal(int signal);

    /// <summary>Ends the command by the strongest means there are, because the guard did not.</summary>
    void TakeOver();
}
