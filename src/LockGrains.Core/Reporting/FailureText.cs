using System.Text;

namespace LockGrains;

/// <summary>What went wrong, as one line of the log: the messages of an exception and of those inside it. Stacks are for debugging.</summary>
internal static class FailureText
{
    /// <summary>Of a failure that has been told before. What clients of Redis say is a page long each time.</summary>
    private const int ShortLengthMax = 320;

    public static string Of(Exception? exception, string? detail = null, bool isShort = false)
    {
        var text = new StringBuilder(detail);
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            // Who wraps an exception often repeats what it says.
            if (text.ToString().Contains(inner.Message, StringComparison.Ordinal))
                continue;

            if (text.Length > 0)
                text.Append(": ");
            text.Append(inner.Message);
        }

        if (text.Length == 0)
            return "No reason was given.";

        text.Replace("\r", "").Replace('\n', ' ');
        if (isShort && text.Length > ShortLengthMax)
            text.Remove(ShortLengthMax, text.Length - ShortLengthMax);
        return text.ToString();
    }
}
