namespace LockGrains.Cli.Connecting;

/// <summary>
/// The operator's key of the silo that this user runs: beside its locks, where nobody said where those are (docs/ACCESS.md). Whoever can read it
/// can read and change the file of the locks as well.
/// </summary>
internal static class OperatorKeyFile
{
    private const int LengthMax = 256;
    private const string Name = "lockgrains.db.operator-key";
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Where it is; null where there is no such place.</summary>
    /// <param name="read">Reads an environment variable.</param>
    public static string? FindPath(Func<string, string?> read)
    {
        var state = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : read("XDG_STATE_HOME") is { } set && Path.IsPathFullyQualified(set) ? set
            : read("HOME") is { } home && Path.IsPathFullyQualified(home) ? Path.Combine(home, ".local", "state")
            : "";
        return state.Length == 0 ? null : Path.Combine(state, "lockgrains", Name);
    }

    /// <summary>The key; null where there is none that can be used. As the silo, it takes none that others may have read.</summary>
    /// <param name="read">Reads an environment variable.</param>
    public static string? Find(Func<string, string?> read)
    {
        if (FindPath(read) is not { } path || !File.Exists(path))
            return null;

        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > LengthMax || (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0))
                return null;

            using var reader = new StreamReader(file);
            var text = reader.ReadToEnd().TrimEnd();
            return text.Length > 0 && text.All(static one => one is > ' ' and <= '~') ? text : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
