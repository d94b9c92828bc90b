using System.Globalization;

namespace LockGrains.Cli.Children;

/// <summary>A line of the process table of Linux.</summary>
/// <param name="Id">Its number, which another process gets once it was reaped.</param>
/// <param name="Parent">The number of its parent.</param>
/// <param name="Group">Its process group.</param>
/// <param name="HasEnded">Whether it has ended and only waits to be reaped.</param>
/// <param name="StartedAt">When it was started: with its number, its identity.</param>
internal sealed record ProcessEntry(int Id, int Parent, int Group, bool HasEnded, long StartedAt)
{
    // The fields of /proc/PID/stat that follow the program's name.
    private const int State = 0;
    private const int ParentField = 1;
    private const int GroupField = 2;
    private const int StartedAtField = 19;

    /// <summary>Reads the line of one process; null when there is none.</summary>
    public static ProcessEntry? TryRead(int pid)
    {
        try
        {
            return Parse(pid, File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads such a line. The name of a program may hold anything, parentheses and line ends too.</summary>
    internal static ProcessEntry? Parse(int pid, string line)
    {
        var fields = line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length <= StartedAtField)
            return null;

        return new ProcessEntry(
            pid,
            int.Parse(fields[ParentField], CultureInfo.InvariantCulture),
            int.Parse(fields[GroupField], CultureInfo.InvariantCulture),
            fields[State] is "Z" or "X",
            long.Parse(fields[StartedAtField], CultureInfo.InvariantCulture));
    }
}
