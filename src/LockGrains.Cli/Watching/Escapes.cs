using System.Globalization;
using System.Runtime.InteropServices;

namespace LockGrains.Cli.Watching;

/// <summary>The few escape sequences (ECMA-48, DEC) that lockgrains draws with, and whether a terminal understands them.</summary>
internal static partial class Escapes
{
    public const string HideCursor = "\e[?25l";
    public const string ShowCursor = "\e[?25h";

    /// <summary>What is longer than the terminal is wide is cut there.</summary>
    public const string NoWrap = "\e[?7l";
    public const string Wrap = "\e[?7h";

    /// <summary>Clears from the cursor to the end of its line.</summary>
    public const string ClearLine = "\e[K";

    /// <summary>Clears from the cursor to the end of the screen.</summary>
    public const string ClearBelow = "\e[J";

    /// <summary>The standard streams, as Windows numbers them.</summary>
    public const int Output = -11;
    public const int Error = -12;

    private const int HeightDefault = 24;
    private const uint Processing = 4;

    /// <summary>To the beginning of a line further up.</summary>
    public static string Up(int lines) => lines == 0 ? "\r" : string.Create(CultureInfo.InvariantCulture, $"\r\e[{lines}A");

    /// <summary>Whether a terminal understands them; on Windows it is told to.</summary>
    public static bool AreUnderstood(int stream) => OperatingSystem.IsWindows()
        ? GetStdHandle(stream) is var handle && GetConsoleMode(handle, out var mode) != 0 && SetConsoleMode(handle, mode | Processing) != 0
        : Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>How many lines the terminal has.</summary>
    public static int FindHeight()
    {
        try
        {
            return Console.WindowHeight is > 0 and var height ? height : HeightDefault;
        }
        catch (IOException)
        {
            return HeightDefault;
        }
    }

    [LibraryImport("kernel32")]
    private static partial nint GetStdHandle(int stream);

    [LibraryImport("kernel32")]
    private static partial int GetConsoleMode(nint handle, out uint mode);

    [LibraryImport("kernel32")]
    private static partial int SetConsoleMode(nint handle, uint mode);
}
