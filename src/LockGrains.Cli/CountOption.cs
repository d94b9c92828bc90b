using System.CommandLine;
using System.Globalization;

namespace LockGrains.Cli;

/// <summary>Makes options whose value is a whole number from 1 on.</summary>
internal static class CountOption
{
    /// <summary>An option that may be left out, with the largest number that is allowed.</summary>
    public static Option<int?> Create(string name, int max) => new(name)
    {
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Find(text, max) is { } count)
                return count;
            result.AddError($"{DescribeProblem(name, text, max)}.");
            return null;
        },
    };

    /// <summary>The number that was typed; null where that is none, or out of range.</summary>
    public static int? Find(string? text, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= max ? count : null;

    /// <summary>What is wrong with what was typed, without a full stop.</summary>
    public static string DescribeProblem(string name, string text, int max) => $"{name}: '{text}' is not a whole number from 1 to {max}";
}
