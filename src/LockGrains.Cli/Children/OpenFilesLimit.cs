using System.Globalization;
using System.Runtime.InteropServices;

namespace LockGrains.Cli.Children;

/// <summary>
/// The soft limit of open files. .NET raises it to the hard one when a process starts. A program that closes every descriptor up to the
/// limit, or that uses <c>select</c>, is not made for that.
/// </summary>
internal static partial class OpenFilesLimit
{
    /// <summary>Leave it as it is.</summary>
    public const long Unknown = 0;

    private static readonly int Resource = OperatingSystem.IsMacOS() ? 8 : 7;

    /// <summary>
    /// The limit of the process that has started this one, from which it was inherited. <see cref="Unknown"/> where that cannot be seen,
    /// and where somebody has set the limits in between (<c>ulimit -n 65536; exec lockgrains run</c>, or a service manager): the hard ones
    /// differ then.
    /// </summary>
    public static long OfParent()
    {
        try
        {
            var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{Posix.Parent()}/limits"))
                .First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
            var columns = line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return Get(Resource, out var own) == 0 && TryParse(columns[2], out var hard) && (ulong)hard == own.Hard && TryParse(columns[1], out var soft)
                ? soft : Unknown;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return Unknown;
        }
    }

    /// <summary>Sets the soft limit, which a process started from now on inherits, unless it is <see cref="Unknown"/>.</summary>
    /// <returns>The limit before.</returns>
    public static long Set(long limit)
    {
        if (limit == Unknown || Get(Resource, out var limits) != 0)
            return Unknown;

        var before = limits.Soft;
        if ((ulong)limit <= limits.Hard)
        {
            limits.Soft = (ulong)limit;
            _ = Set(Resource, in limits);
        }

        return (long)Math.Min(before, long.MaxValue);
    }

    private static bool TryParse(string text, out long limit) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Get(int resource, out Limits limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int Set(int resource, in Limits limits);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limits
    {
        public ulong Soft;
        public ulong Hard;
    }
}
