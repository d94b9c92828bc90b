using System.Globalization;
using System.Text;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary>
/// A lock's value, for people and for programs. It is whatever another client has set: an escape sequence in it could rewrite the screen.
/// </summary>
internal static class ValueText
{
    // With its name before it, it fits in a terminal of 80 columns.
    private const int LineMax = 60;

    /// <summary>The value in one line of at most 60 characters.</summary>
    public static string ToLine(LockValue value)
    {
        var line = new StringBuilder();
        var cut = 0;
        foreach (var rune in value.Text.EnumerateRunes())
        {
            line.Append(Escape(rune));
            if (line.Length > LineMax)
                return $"{line.ToString(0, cut)}…";
            if (line.Length < LineMax)
                cut = line.Length;
        }

        return line.ToString();
    }

    /// <summary>The whole value, with its lines.</summary>
    public static string ForTerminal(LockValue value) =>
        string.Concat(value.Text.EnumerateRunes().Select(static rune => rune.Value is '\n' or '\t' ? rune.ToString() : Escape(rune)));

    /// <summary>When it ends.</summary>
    public static string DescribeEnd(LockValue value)
    {
        if (value.KeepFor is not { } keepFor)
            return "ends with its hold";
        var grid = keepFor >= TimeSpan.FromHours(2) ? TimeSpan.FromHours(1) : keepFor >= TimeSpan.FromMinutes(2) ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(1);
        return $"kept for about {DurationText.Format(Math.Round(keepFor / grid) * grid)}";
    }

    /// <summary>One JSON object, with durations in seconds.</summary>
    public static string ToJson(string key, ValueReply reply) =>
        JsonText.Write(StatusReport.Of(key, reply), JsonText.Default.ValueReplyJson);

    private static string Escape(Rune rune) => rune.Value switch
    {
        '\n' => @"\n",
        '\r' => @"\r",
        '\t' => @"\t",
        var code when Rune.IsControl(rune) => string.Create(CultureInfo.InvariantCulture, $@"\x{code:x2}"),
        _ => rune.ToString(),
    };
}
