using System.Text.RegularExpressions;

namespace LockGrains.Samples.Tests;

/// <summary>What the README shows first: a program, what it writes, and what to install.</summary>
internal static partial class Readme
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    /// <summary>The first program, word for word.</summary>
    public static string FirstProgram { get; } = Block("csharp");

    /// <summary>The lines that the first program is said to write.</summary>
    public static IReadOnlyList<string> FirstOutput { get; } = Block("text").TrimEnd().Split('\n');

    /// <summary>The packages in the table of what to install.</summary>
    public static IReadOnlyList<string> Packages { get; } = [.. Text.Split('\n')
        .SkipWhile(line => line != "| For | Install |").Skip(2).TakeWhile(line => line.StartsWith('|'))
        .SelectMany(line => PackageName().Matches(line)).Select(name => name.Groups["name"].Value)];

    private static string Block(string language) => Regex.Match(Text, $"```{language}\n(?<block>.*?)```", RegexOptions.Singleline).Groups["block"].Value;

    [GeneratedRegex(@"`(?<name>LockGrains\.[\w.]+)`")]
    private static partial Regex PackageName();
}
