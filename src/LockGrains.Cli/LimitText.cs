using System.CommandLine;
using System.Globalization;
using LockGrains.Core;

namespace LockGrains.Cli;

/// <summary>The limit of a key, as it is typed and shown: a number from 1 on, or "none", which is 0.</summary>
internal static class LimitText
{
    private const string None = "none";

    /// <summary>A limit as it is shown.</summary>
    public static string Format(int? limit) => limit is null or 0 ? None : limit.Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The limit that was typed, 0 for none; null where nothing was typed, or nothing that is one.</summary>
    public static int? Find(string? text) => text == None ? 0 : CountOption.Find(text, LockPolicy.PermitsMax);

    /// <summary>An argument that may be left out.</summary>
    public static Argument<string?> MakeArgument(string name)
    {
        var argument = new Argument<string?>(name) { Arity = ArgumentArity.ZeroOrOne };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && Find(text) is null)
                result.AddError(DescribeProblem(name, text));
        });
        return argument;
    }

    /// <summary>An option that may be left out.</summary>
    public static Option<int?> MakeOption(string name) => new(name)
    {
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Find(text) is not { } limit)
            {
                result.AddError(DescribeProblem(name, text));
                return null;
            }

            return limit;
        },
    };

    private static string DescribeProblem(string name, string text) => $"{CountOption.DescribeProblem(name, text, LockPolicy.PermitsMax)}, or {None}.";
}
