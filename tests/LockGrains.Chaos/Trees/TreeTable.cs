using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>The processes of one tree, as the process table of the machine has them.</summary>
internal sealed class TreeTable(string mark)
{
    private const char Ended = 'Z';

    /// <summary>What tells its processes from all others: the key of the lock, too.</summary>
    public string Mark => mark;

    /// <summary>Those that lockgrains started for the command, and what these started.</summary>
    public IReadOnlyList<(int Id, string Line)> Command => [.. All.Where(process => !process.Line.Contains("lockgrains.dll", StringComparison.Ordinal))];

    public int? Lockgrains => Find(process => IsOurs(process.Line) && !IsGuard(process.Line));

    public int? Guard => Find(process => IsOurs(process.Line) && IsGuard(process.Line));

    public IReadOnlyList<(int Id, string Line)> All =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0)
            .Select(pid => (pid, Line: TryRead(pid)))
            .Where(process => process.Line is not null)
            .Select(process => (process.pid, process.Line!)),
    ];

    public void Signal(int signal)
    {
        foreach (var (id, _) in All)
            _ = Posix.Kill(id, signal);
    }

    private static bool IsOurs(string line) => line.Contains("lockgrains.dll", StringComparison.Ordinal) && !line.StartsWith("sh", StringComparison.Ordinal);

    private static bool IsGuard(string line) => line.Contains(" --guard ", StringComparison.Ordinal);

    private int? Find(Func<(int Id, string Line), bool> isIt) => All.Where(isIt).Select(process => (int?)process.Id).FirstOrDefault();

    private string? TryRead(int pid)
    {
        try
        {
            if (!File.ReadAllText($"/proc/{pid}/environ").Contains($"{Tree.Mark}={mark}\0", StringComparison.Ordinal))
                return null;

            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var line = File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
            if (stat[stat.LastIndexOf(')') + 2] == Ended)
                return null;

            // It lost its memory between two looks, and with it the line: it is about to end, or to become another program.
            return line.Length > 0 ? line : TryRead(pid);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
