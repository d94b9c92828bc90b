using System.Runtime.InteropServices;
using System.Text;
using LockGrains.AspNetCore.Access;

namespace LockGrains.Silo;

/// <summary>
/// The operator's key: an access key that may do everything, in a file beside the locks, which only the user of the silo reads. Who can read it can
/// read and change the file of the locks as well, so it gives nobody more than they have.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">The hash of the key; null when the file cannot be used.</param>
/// <param name="Problem">Why it cannot be used, and what to do; null when it can.</param>
internal sealed partial record OperatorKey(string Path, string? Sha256, string? Problem)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const int LengthMax = 256;

    private const int ErrorExists = 17;

    /// <summary>Where it is, beside a file of locks.</summary>
    /// <param name="dataFile">The file of the locks.</param>
    public static string FindPath(string dataFile) => $"{dataFile}.operator-key";

    /// <summary>Reads it, and makes it when there is none. A file that others can read is not used: nobody knows who has.</summary>
    /// <param name="path">The file.</param>
    public static OperatorKey Open(string path)
    {
        try
        {
            if (!File.Exists(path))
                Create(path);
            using var file = File.OpenRead(path);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0)
                return new OperatorKey(path, Sha256: null, "others than its owner may read or write it. Delete it, and start the silo again for a new one.");
            return Read(file) is { } hash
                ? new OperatorKey(path, hash, Problem: null)
                : new OperatorKey(path, Sha256: null, "there is no access key in it. Delete it, and start the silo again for a new one.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new OperatorKey(path, Sha256: null, $"{exception.Message} Mend that, and start the silo again.");
        }
    }

    private static string? Read(FileStream file)
    {
        Span<byte> bytes = stackalloc byte[LengthMax];
        var text = Encoding.ASCII.GetString(bytes[..file.ReadAtLeast(bytes, LengthMax, throwOnEndOfStream: false)]).TrimEnd();
        try
        {
            return AccessSecret.Hash(text);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    // Under another name until it is whole: a crash leaves no half of a key. With its rights from the start: nobody reads it in between.
    private static void Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        var folder = System.IO.Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            options.UnixCreateMode = OwnerOnly;
            if (!Directory.Exists(folder))
                Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }

        var draft = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (var file = new FileStream(draft, options))
            {
                file.Write(Encoding.ASCII.GetBytes($"{AccessSecret.Create()}\n"));
                file.Flush(flushToDisk: true);
            }

            Publish(draft, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another silo was faster, and will be refused the file of the locks, or we will. Its key is as good.
        }
        finally
        {
            File.Delete(draft);
        }
    }

    // On Unix, File.Move looks first and renames then: of two that move at once the later one would win, and the earlier one has read its own key. A link
    // to a name that is there is refused. Where there are no hard links, one silo at a time is all that is needed.
    private static void Publish(string draft, string path)
    {
        if (OperatingSystem.IsWindows() || (Link(draft, path) != 0 && Marshal.GetLastPInvokeError() != ErrorExists))
            File.Move(draft, path, overwrite: false);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string path);
}
