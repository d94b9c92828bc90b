namespace LockGrains;

/// <summary>Where a single silo keeps its locks. Checked when the silo starts.</summary>
public sealed class SqliteStorageOptions
{
    /// <summary>
    /// The file, made when there is none (readable by its owner only; so is a directory that has to be made). Relative to the current
    /// directory. Two more files stand beside it while the silo runs. Default none; required.
    /// </summary>
    public string Path { get; set; } = "";

    /// <summary>
    /// Whether the file may be on a network or FUSE file system. Many of them do not keep what they have acknowledged, or let two machines
    /// open the file at once. Default false.
    /// </summary>
    public bool AllowUnsafeFileSystem { get; set; }
}
