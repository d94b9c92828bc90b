using System.Text.RegularExpressions;

namespace LockGrains.Docs.Tests.Language;

/// <summary>The tables of docs/LANGUAGE.md, whose columns are Term, Meaning and Avoid.</summary>
internal static class Glossary
{
    public const string Document = "docs/LANGUAGE.md";
    public const string Head = "| Term | Meaning | Avoid |";

    public static IReadOnlyList<Term> Parse(string markdown)
    {
        var terms = new List<Term>();
        var isInTable = false;
        foreach (var line in markdown.Split('\n'))
        {
            if (isInTable && Prose.Cells(line) is [var name, var meaning, var avoid] && !name.StartsWith('-'))
                terms.Add(new Term(name, meaning, avoid.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
            isInTable = line == Head || (isInTable && line.StartsWith('|'));
        }

        return terms;
    }

    /// <summary>The text without the column of words to avoid, where it must name them.</summary>
    public static string WithoutAvoided(string markdown) => string.Join('\n', markdown.Split('\n')
        .Select(line => Prose.Cells(line) is [var name, var meaning, _] ? $"| {name} | {meaning} |" : line));
}

/// <summary>A term of the glossary.</summary>
/// <param name="Name">The term.</param>
/// <param name="Meaning">What it means.</param>
/// <param name="Avoid">Words that must not stand for it.</param>
internal sealed record Term(string Name, string Meaning, IReadOnlyList<string> Avoid)
{
    /// <summary>The words to avoid that a text has all the same, also in the plural.</summary>
    public IEnumerable<string> FoundIn(string text) => Avoid.Where(word =>
        Regex.IsMatch(text, $@"\b{Regex.Escape(word).Replace(@"\ ", @"\s+", StringComparison.Ordinal)}(s|es)?\b", RegexOptions.IgnoreCase));
}
