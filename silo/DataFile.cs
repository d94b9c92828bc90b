namespace LockGrains.Silo;

/// <summary>Where a silo by itself keeps its locks when nobody says where: among the user's state (XDG Base Directory Specification).</summary>
internal static class DataFile
{
    private const string Folder = "lockgrains";

    /// <summary>The file of a service.</summary>
    /// <param name="serviceId">Its <see cref="SiloSettings.ServiceId"/>.</param>
    /// <param name="read">Reads an environment variable.</param>
    /// <exception cref="StartException">There is no such place, or the id makes no file name.</exception>
    public static string FindDefault(string serviceId, Func<string, string?> read)
    {
        if (serviceId is "." or ".." || !serviceId.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-'))
            throw new StartException(
                StartException.BadSettings,
                $"{SiloSettings.Section}:{nameof(SiloSettings.ServiceId)} is '{serviceId}', which makes no file name for the locks. "
                + "Say with --data where to keep them, or --memory.");
        return Path.Combine(FindState(read), Folder, $"{serviceId}.db");
    }

    private static string FindState(Func<string, string?> read)
    {
        if (OperatingSystem.IsWindows())
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);

        // A relative one is to be ignored, says the specification.
        if (read("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathFullyQualified(state))
            return state;
        return read("HOME") is { Length: > 0 } home && Path.IsPathFullyQualified(home)
            ? Path.Combine(home, ".local", "state")
            : throw new StartException(
                StartException.BadSettings,
                "There is no place to keep the locks: neither XDG_STATE_HOME nor HOME is set. Say with --data where, or --memory.");
    }
}
