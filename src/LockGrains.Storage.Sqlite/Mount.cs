using System.Runtime.InteropServices;
using System.Text;

namespace LockGrains;

/// <summary>The mounted file system that a file is on.</summary>
/// <param name="Point">Where it is mounted.</param>
/// <param name="Type">Its type, as the system names it.</param>
/// <param name="IsInContainer">Whether this process runs in a container.</param>
internal sealed record Mount(string Point, string Type, bool IsInContainer)
{
    private const string Table = "/proc/self/mountinfo";

    // Those of one machine, shared by several, or served by a program: SQLite asks of a file system that locks and flushes mean what they say.
    private static readonly HashSet<string> UnsafeTypes = new(StringComparer.Ordinal)
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "fuse", "fuseblk", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
        "nfs4", "ocfs2", "orangefs", "prl_fs", "pvfs2", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs", "Network",
    };

    /// <summary>Whether it may lose what it has acknowledged, or let two machines open a file at once.</summary>
    public bool IsUnsafe => UnsafeTypes.Contains(Type) || Type.StartsWith("fuse.", StringComparison.Ordinal);

    /// <summary>Whether what is written there ends with the container.</summary>
    public bool IsContainersOwn => IsInContainer && Point == "/";

    /// <summary>Finds the one that a file is on, or will be once it is made; null when the system does not tell.</summary>
    /// <param name="path">The file, as a full path.</param>
    public static Mount? Find(string path)
    {
        var existing = path;
        while (!Path.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
            existing = parent;
        if (!OperatingSystem.IsLinux())
            return Path.GetPathRoot(existing) is { Length: > 0 } root && new DriveInfo(root) is { IsReady: true } drive
                ? new Mount(root, drive.DriveType == DriveType.Network ? "Network" : drive.DriveFormat, IsInContainer: false)
                : null;
        return File.Exists(Table) ? Find(ResolveLinks(existing), File.ReadLines(Table), RunsInContainer()) : null;
    }

    /// <summary>Finds it in the lines of the table (proc_pid_mountinfo(5)).</summary>
    internal static Mount? Find(string realPath, IEnumerable<string> table, bool isInContainer)
    {
        Mount? found = null;
        foreach (var line in table)
        {
            // id, parent, device, root, point, options, any number of tags, "-", type, source, options.
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", 6 < fields.Length ? 6 : fields.Length);
            if (dash < 0 || dash + 1 >= fields.Length)
                continue;
            var point = Unescape(fields[4]);

            // The longest counts, and of two at one point the later, which covers the earlier.
            if (Contains(point, realPath) && point.Length >= (found?.Point.Length ?? 0))
                found = new Mount(point, fields[dash + 1], isInContainer);
        }

        return found;
    }

    private static bool Contains(string point, string path) =>
        point == "/" || path == point || path.StartsWith(point + "/", StringComparison.Ordinal);

    // A blank in it is written \040.
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;
        var text = new StringBuilder();
        for (var index = 0; index < field.Length; index++)
        {
            if (field[index] != '\\' || index + 3 >= field.Length)
            {
                text.Append(field[index]);
                continue;
            }

            text.Append((char)Convert.ToInt32(field.Substring(index + 1, 3), 8));
            index += 3;
        }

        return text.ToString();
    }

    private static bool RunsInContainer() =>
        Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") == "true" || File.Exists("/.dockerenv") || File.Exists("/run/.containerenv");

    private static string ResolveLinks(string path)
    {
        var resolved = new byte[4096];
        if (RealPath(Encoding.UTF8.GetBytes(path + '\0'), resolved) == 0)
            return path;
        return Encoding.UTF8.GetString(resolved.AsSpan(0, Array.IndexOf(resolved, (byte)0)));
    }

    [DllImport("libc", EntryPoint = "realpath")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint RealPath(byte[] path, byte[] resolved);
}
