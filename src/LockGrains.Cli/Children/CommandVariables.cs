namespace LockGrains.Cli.Children;

/// <summary>What a command finds in its environment.</summary>
internal static class CommandVariables
{
    /// <summary>The key of its lock.</summary>
    public const string Key = "LOCK_KEY";

    /// <summary>The fencing token of its hold.</summary>
    public const string Token = "LOCK_FENCING_TOKEN";

    /// <summary>The keys of all locks that it runs under, the outermost first, each on a line.</summary>
    public const string Held = "LOCK_HELD";
}
