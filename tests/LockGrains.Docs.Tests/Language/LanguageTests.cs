using Xunit;

namespace LockGrains.Docs.Tests.Language;

/// <summary>Documents are short sentences in the words of docs/LANGUAGE.md.</summary>
public sealed class LanguageTests
{
    private const double MeanMax = 18;
    private const int WordsMax = 35;

    private static readonly IReadOnlyList<Term> Terms = Glossary.Parse(Documents.Read(Glossary.Document));

    public static TheoryData<string> AllDocuments() => [.. Documents.All];

    [Theory]
    [MemberData(nameof(AllDocuments))]
    public void Document_IsInPlainLanguage(string document)
    {
        var text = Documents.Read(document);
        var problems = ProblemsOf(document == Glossary.Document ? Glossary.WithoutAvoided(text) : text, Terms).ToList();

        Assert.True(problems.Count == 0, $"{document}:\n{string.Join('\n', problems)}");
    }

    [Fact]
    public void Glossary_HasTermsOnceEach_WithAMeaning()
    {
        Assert.True(Terms.Count > 50, $"Only {Terms.Count} terms were found in {Glossary.Document}.");
        Assert.Empty(Terms.GroupBy(term => term.Name, StringComparer.Ordinal).Where(same => same.Count() > 1).Select(same => same.Key));
        Assert.All(Terms, term => Assert.EndsWith(".", term.Meaning, StringComparison.Ordinal));
        Assert.Contains("attempt", Terms.Single(term => term.Name == "request").Avoid);
    }

    [Fact]
    public void Problems_OfALongSentenceALongMeanAndAWordToAvoid_AreAllNamed()
    {
        var term = new Term("request", "One acquire.", ["attempt", "lock attempt"]);
        var plain = Words(WordsMax, "word");

        Assert.Empty(ProblemsOf($"{Words(18, "word")}\n", [term]));
        Assert.Single(ProblemsOf($"{plain}\n", [term]), problem => problem.Contains("35.0 words a sentence", StringComparison.Ordinal));
        Assert.Single(ProblemsOf($"{plain[..^1]} more. One two three.\n", [term]), problem => problem.Contains("36 words", StringComparison.Ordinal));
        Assert.Single(ProblemsOf("Two Attempts\nwere made.", [term]), problem => problem.Contains("\"attempt\"", StringComparison.Ordinal));
        Assert.Equal(2, ProblemsOf("A lock\nattempt was made.", [term]).Count());
        Assert.Empty(ProblemsOf("It attempted `attempt` in [a file](attempt.md).\n\n```sh\nattempt\n```\n", [term]));
    }

    private static string Words(int count, string word) => $"{string.Join(' ', Enumerable.Repeat(word, count))}.";

    private static IEnumerable<string> ProblemsOf(string markdown, IReadOnlyList<Term> terms)
    {
        var sentences = Prose.Sentences(markdown);
        var mean = sentences.Count == 0 ? 0 : sentences.Average(sentence => sentence.Words);
        if (mean > MeanMax)
            yield return FormattableString.Invariant($"{mean:0.0} words a sentence on average; at most {MeanMax}.");
        foreach (var sentence in sentences.Where(sentence => sentence.Words > WordsMax))
            yield return $"{sentence.Words} words, at most {WordsMax}: {sentence.Text}";
        var text = Prose.WithoutCode(markdown);
        foreach (var term in terms)
        {
            foreach (var word in term.FoundIn(text))
                yield return $"\"{word}\" is a word to avoid: say \"{term.Name}\" ({Glossary.Document}).";
        }
    }
}
