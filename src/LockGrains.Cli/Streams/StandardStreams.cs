using LockGrains.Cli.Children;

namespace LockGrains.Cli.Streams;

/// <summary>The streams that lockgrains was started with; null for one that was closed.</summary>
internal static class StandardStreams
{
    private const int OutputDescriptor = 1;
    private const int ErrorDescriptor = 2;

    public static Stream? OpenOutput() => IsOpen(OutputDescriptor) ? Console.OpenStandardOutput() : null;

    public static Stream? OpenError() => IsOpen(ErrorDescriptor) ? Console.OpenStandardError() : null;

    private static bool IsOpen(int descriptor) => OperatingSystem.IsWindows() || Posix.IsInherited(descriptor);
}
