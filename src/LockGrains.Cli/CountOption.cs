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
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= max)
                return count;
            result.AddError($"{name}: '{text}' is not a whole number from 1 to {max}.");
            return null;
        },
    };
}
