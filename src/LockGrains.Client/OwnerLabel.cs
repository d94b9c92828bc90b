using System.Buffers;
using System.Text;

namespace LockGrains;

/// <summary>The rule for owner labels, and the one used when the program gives none.</summary>
internal static class OwnerLabel
{
    public const int MaxBytes = 128;

    public static string Default { get; } = Make();

    /// <summary>What a label must, and does not; null when it is as it must be. The silo has the same rule.</summary>
    public static string? FindProblem(string ownerId)
    {
        if (IsTooLong(ownerId)) return $"have at most {MaxBytes} bytes in UTF-8";

        return HasLoneSurrogate(ownerId) ? "be well-formed text, without a lone surrogate" : null;
    }

    private static bool IsTooLong(string ownerId) => Encoding.UTF8.GetByteCount(ownerId) > MaxBytes;

    private static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var length) != OperationStatus.Done) return true;

            text = text[length..];
        }

        return false;
    }

    private static string Make()
    {
        var tail = $"/{Path.GetFileNameWithoutExtension(Environment.ProcessPath)}/{Environment.ProcessId}";
        var whole = Environment.MachineName + tail;
        return IsTooLong(whole) ? $"pid/{Environment.ProcessId}" : whole;
    }
}
