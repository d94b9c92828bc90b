namespace LockGrains.TestKit.Servers;

/// <summary>Commands that see a file system of their own.</summary>
public static class PrivateMount
{
    private static readonly string[] Unshare = Environment.UserName == "root" ? ["unshare", "--mount"] : ["unshare", "--user", "--map-root-user", "--mount"];

    /// <summary>With an empty file system of a size at a folder; on it a file <c>filler</c> that takes a third.</summary>
    public static string[] Small(string folder, string size, string[] command) => Wrap(
        "d=$1; s=$2; shift 2; mount -t tmpfs -o size=$s none \"$d\" && head -c 1000000 /dev/zero > \"$d/filler\"; exec \"$@\"", [folder, size, .. command]);

    /// <summary>With a folder that nothing can be written in.</summary>
    public static string[] ReadOnly(string folder, string[] command) => Wrap(
        "d=$1; shift; mount --bind \"$d\" \"$d\" && mount -o remount,bind,ro \"$d\" && exec \"$@\"", [folder, .. command]);

    /// <summary>A file of such a file system, as the rest of the system reaches it.</summary>
    public static string Reach(int processId, string path) => $"/proc/{processId}/root{path}";

    private static string[] Wrap(string script, string[] arguments) => [.. Unshare, "sh", "-c", script, "sh", .. arguments];
}
