namespace LockGrains.Cli.Guarding;

/// <summary>What is to be done to a command whose lock is ending.</summary>
internal enum EndStep
{
    /// <summary>Nothing yet.</summary>
    None,

    /// <summary>Ask it to end: SIGTERM.</summary>
    Ask,

    /// <summary>End it: SIGKILL.</summary>
    Kill,
}
