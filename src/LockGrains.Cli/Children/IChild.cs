namespace LockGrains.Cli.Children;

/// <summary>The command that runs under the lock, and everything it started that stayed with it.</summary>
internal interface IChild
{
    /// <summary>The command's own exit code, 128+n when signal n ended it. It may have left processes behind.</summary>
    Task<int> Exited { get; }

    /// <summary>The command and every process of its group have ended: nothing that ran under the lock still runs.</summary>
    Task Ended { get; }

    /// <summary>Passes a signal on to the whole group. Nothing happens once it has ended.</summary>
    void Signal(int signal);

    /// <summary>Asks the group to end, and wakes it if it was stopped, so that it can.</summary>
    void Terminate();

    /// <summary>Ends the group without asking.</summary>
    void Kill();
}
