using System.Text;

namespace LockGrains;

/// <summary>The rule for owner labels, and the one used when the program gives none.</summary>
internal static class OwnerLabel
{
    public const int MaxBytes = 128;

    public static string Default { get; } = Make();

    public static bool IsTooLong(string ownerId) => Encoding.UTF8.GetByteCount(ownerId) > MaxBytes;

    private static string Make()
    {
        var tail = $"/{Path.GetFileNameWithoutExtension(Environment.ProcessPath)}/{Environment.ProcessId}";
        var whole = Environment.MachineName + tail;
        return IsTooLong(whole) ? $"pid/{Environment.ProcessId}" : whole;
    }
}
