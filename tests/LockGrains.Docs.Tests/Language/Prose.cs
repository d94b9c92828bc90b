using System.Text.RegularExpressions;

namespace LockGrains.Docs.Tests.Language;

/// <summary>
/// The sentences of a Markdown text. Code blocks, headings and HTML are none. Each item of a list begins a sentence. A cell of a table
/// counts if it ends with a full stop: else a long sentence would hide in a table, and figures and names are no sentences.
/// </summary>
internal static partial class Prose
{
    // Fewer words are a label, not a sentence.
    private const int WordsMin = 3;

    // Stands for code in a line, so that code counts as one word and can begin a sentence.
    private const string Code = "¤code";

    public static IReadOnlyList<Sentence> Sentences(string markdown) =>
    [
        .. from paragraph in Paragraphs(markdown)
           from text in SentenceEnd().Split(Emphasis().Replace(PlainText(paragraph), ""))
           let sentence = new Sentence(text.Trim(), Word().Count(text))
           where sentence.Words >= WordsMin
           select sentence,
    ];

    /// <summary>The text without code, and without the targets of links.</summary>
    public static string WithoutCode(string markdown) => PlainText(WithoutBlocks(markdown));

    /// <summary>The text without blocks of code.</summary>
    public static string WithoutBlocks(string markdown) => string.Join('\n', Lines(markdown));

    private static string PlainText(string text) => Link().Replace(InlineCode().Replace(text, Code), "${text}");

    private static IEnumerable<string> Lines(string markdown)
    {
        var isCode = false;
        foreach (var line in markdown.Split('\n'))
        {
            var isFence = line.TrimStart().StartsWith("```", StringComparison.Ordinal);
            if (!isFence && !isCode && !IndentedCode().IsMatch(line))
                yield return line;
            isCode ^= isFence;
        }
    }

    private static IEnumerable<string> Paragraphs(string markdown)
    {
        var paragraph = "";
        foreach (var line in Lines(markdown).Select(line => line.Trim()).Append(""))
        {
            if (!NotProse().IsMatch(line) && !ListItem().IsMatch(line))
            {
                paragraph = $"{paragraph} {line}";
                continue;
            }

            yield return paragraph;
            paragraph = ListItem().IsMatch(line) ? ListItem().Replace(line, "") : "";
            foreach (var cell in Cells(line).Where(cell => cell.EndsWith('.')))
                yield return cell;
        }
    }

    /// <summary>The cells of a row of a table; none of any other line.</summary>
    public static IReadOnlyList<string> Cells(string line) =>
        line.StartsWith('|') ? [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())] : [];

    [GeneratedRegex("(?<=[.!?])[\"')]*\\s+(?=[A-Z\"'(0-9¤])|(?<=[:;])\\s+(?=[A-Z\"'(0-9])")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"[\w'’-]+")]
    private static partial Regex Word();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"!?\[(?<text>[^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\*+")]
    private static partial Regex Emphasis();

    [GeneratedRegex(@"^    +(?!([-*]|\d+\.)\s)\S")]
    private static partial Regex IndentedCode();

    [GeneratedRegex(@"^$|^[|#<]|^!\[")]
    private static partial Regex NotProse();

    [GeneratedRegex(@"^([-*>]|\d+\.)\s+")]
    private static partial Regex ListItem();
}

/// <summary>A sentence, and how many words it has.</summary>
internal sealed record Sentence(string Text, int Words);
