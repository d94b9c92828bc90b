using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>A wall clock of a process's own, by libfaketime, that can be set while it runs.</summary>
internal sealed class FakeClock
{
    private static readonly string? Library = new[] { "/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime", "/usr/lib64/faketime" }
        .Select(folder => Path.Combine(folder, "libfaketimeMT.so.1"))
        .FirstOrDefault(File.Exists);

    /// <summary>A process notices within so long that its clock was set.</summary>
    public static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(1);

    private readonly string _file;

    public FakeClock(string file)
    {
        _file = file;
        Set(0);
    }

    /// <summary>Why there are none; null when there are.</summary>
    public static string? Obstacle => Library is null ? "libfaketime is not installed" : null;

    /// <summary>Sets the clock so far ahead of the true one.</summary>
    public void Set(double seconds)
    {
        // Replaced as a whole: it is read at any time.
        File.WriteAllText(_file + ".new", seconds.ToString("+0.000;-0.000;+0", CultureInfo.InvariantCulture) + "s\n");
        File.Move(_file + ".new", _file, overwrite: true);
    }

    /// <summary>Lets a process have it from its next start on.</summary>
    public void GiveTo(Dictionary<string, string> environment)
    {
        if (Library is null)
            return;
        environment["LD_PRELOAD"] = Library;
        environment["FAKETIME_TIMESTAMP_FILE"] = _file;
        environment["FAKETIME_CACHE_DURATION"] = ReadEvery.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";

        // Else it meddles with timed waits, and .NET hangs.
        environment["FAKETIME_FORCE_MONOTONIC_FIX"] = "0";
    }
}
