using System.Globalization;
using System.Runtime.InteropServices;

namespace LockGrains.Cli.Children;

/// <summary>
/// All descendants of this process, in whatever group or session they are. Only on Linux, where this process adopts the orphans among
/// them (<see cref="Posix.TryAdoptOrphans"/>), so that none can leave the tree.
/// </summary>
internal static partial class ProcessTree
{
    // The numbers of Linux, the same on all processors that .NET runs on.
    private const nint OpenProcess = 434;
    private const nint SignalProcess = 424;
    private const int NoSuchCall = 38;

    /// <summary>How long those that were just sent a signal have to act on it, before they are looked for again.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    // The table is read process by process: one that is born in that time may hide from a look, but not from several.
    private const int LooksToBeSure = 3;

    private static readonly Task Never = new TaskCompletionSource().Task;
    private static readonly int Self = Environment.ProcessId;

    /// <summary>Sends a signal to every descendant that is found. One that is born meanwhile may be missed.</summary>
    /// <param name="signal">The signal's number.</param>
    /// <param name="group">Only members of this process group; 0 for all.</param>
    public static void Signal(int signal, int group = 0)
    {
        foreach (var process in Find())
        {
            if (group == 0 || process.Group == group)
                Signal(process, signal);
        }
    }

    /// <summary>The descendants that are there now. What has ended, and was only not reaped, is not there.</summary>
    public static IReadOnlyList<ProcessEntry> Find() => Find(spared: []);

    /// <summary>
    /// Ends and reaps every descendant. Returns when there is none left, beside those that are spared and what these have started.
    /// </summary>
    /// <param name="spared">Children that this process did not start: the shell that became it did.</param>
    public static void EndAll(IReadOnlyList<ProcessEntry> spared)
    {
        var emptyLooks = 0;
        while (true)
        {
            int reaped;
            while ((reaped = Posix.WaitPid(Posix.AnyChild, out _, Posix.NoHang)) > 0)
            {
            }

            // No child is left, and so no descendant.
            if (reaped < 0 && Marshal.GetLastPInvokeError() != Posix.ErrorInterrupted)
                return;

            var found = Find(spared);
            emptyLooks = found.Count == 0 ? emptyLooks + 1 : 0;
            if (emptyLooks == LooksToBeSure)
                return;

            foreach (var process in found)
                Signal(process, Posix.SigKill);
            _ = Never.Wait(Pause);
        }
    }

    private static List<ProcessEntry> Find(IReadOnlyList<ProcessEntry> spared)
    {
        if (!HasChild())
            return [];

        var all = new Dictionary<int, ProcessEntry>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && ProcessEntry.TryRead(pid) is { } entry)
            {
                all[pid] = entry;
            }
        }

        return [.. all.Values.Where(entry => !entry.HasEnded && IsDescendant(entry, all, spared))];
    }

    /// <summary>Who has no child has no descendant. That is one call; the table is six for each process of the machine.</summary>
    private static unsafe bool HasChild()
    {
        var info = stackalloc byte[Posix.OpaqueSize];
        return Posix.WaitId(Posix.WaitForAll, 0, info, Posix.WaitExited | Posix.WaitNoReap | Posix.NoHang) == 0
            || Marshal.GetLastPInvokeError() != Posix.ErrorNoChild;
    }

    private static bool IsDescendant(ProcessEntry entry, Dictionary<int, ProcessEntry> all, IReadOnlyList<ProcessEntry> spared)
    {
        // The table was not read at one instant: a chain through numbers that were used again may go round.
        for (var length = 0; length < all.Count; length++)
        {
            if (spared.Any(one => one.Id == entry.Id && one.StartedAt == entry.StartedAt))
                return false;
            if (entry.Parent == Self)
                return true;
            if (!all.TryGetValue(entry.Parent, out var parent))
                return false;

            entry = parent;
        }

        return false;
    }

    private static void Signal(ProcessEntry process, int signal)
    {
        var descriptor = SystemCall(OpenProcess, process.Id, 0, 0, 0);
        if (descriptor < 0)
        {
            // It has ended; or the kernel is older than 5.3, and its number is all that there is.
            if (Marshal.GetLastPInvokeError() == NoSuchCall)
                _ = Posix.Kill(process.Id, signal);
            return;
        }

        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true);

        // Opened, the number cannot be given to anybody else. Before, it may have been.
        if (ProcessEntry.TryRead(process.Id) is { } now && now.StartedAt == process.StartedAt)
            _ = SystemCall(SignalProcess, descriptor, signal, 0, 0);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint argument1, nint argument2, nint argument3, nint argument4);
}
