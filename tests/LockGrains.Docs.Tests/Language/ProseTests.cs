using Xunit;

namespace LockGrains.Docs.Tests.Language;

/// <summary>What the rules take for a sentence.</summary>
public sealed class ProseTests
{
    private const string Sample = """
        # A heading that is not counted

        The first one goes on
        in the next line. It ends here, at last! "Does this one?" `Apply` begins one, too.

        - An item is one, though it has no full stop
        - **Bold words.** This is [a link](somewhere.md#to) in an item:
          it goes on below.
        1. A number begins an item, and 1.5 does not end it.

        | Name | What it is |
        |---|---|
        | a figure | 12 words at most |
        | a rule | This cell counts. It has two of them. |

        ```sh
        this is code. It is not counted.
        ```

            nor is this. It is code as well.

        <p>Nor is this one here.</p>
        """;

    [Fact]
    public void Sentences_OfASample_AreTheseAndTheirWords() => Assert.Equal(
        [
            ("The first one goes on in the next line.", 9),
            ("It ends here, at last!", 5),
            ("\"Does this one?", 3),
            ("¤code begins one, too.", 4),
            ("An item is one, though it has no full stop", 10),
            ("This is a link in an item: it goes on below.", 11),
            ("A number begins an item, and 1.5 does not end it.", 12),
            ("This cell counts.", 3),
            ("It has two of them.", 5),
        ],
        Prose.Sentences(Sample).Select(sentence => (sentence.Text, sentence.Words)));

    [Fact]
    public void Sentences_AfterAColon_EndOnlyBeforeACapital()
    {
        Assert.Equal([2 + 3], Prose.Sentences("Two words: and then three.").Select(sentence => sentence.Words));
        Assert.Equal([3, 4], Prose.Sentences("There are three: This is the fourth.").Select(sentence => sentence.Words));
    }

    [Fact]
    public void WithoutCode_OfASample_HasNeitherCodeNorTargets()
    {
        var text = Prose.WithoutCode(Sample);

        Assert.Contains("a link in an item", text, StringComparison.Ordinal);
        Assert.DoesNotContain("somewhere", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Apply", text, StringComparison.Ordinal);
        Assert.DoesNotContain("is code", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Glossary_OfASample_HasTermsAndWordsToAvoid()
    {
        const string text = "# L\n\n| A | B | C |\n|---|---|---|\n| no | term | here |\n\n| Term | Meaning | Avoid |\n|---|---|---|\n| reply | What is said. | answer, word back |\n| key | A name. | |\n";
        var terms = Glossary.Parse(text);

        Assert.Equal(["reply", "key"], terms.Select(term => term.Name));
        Assert.Equal(["answer", "word back"], terms[0].Avoid);
        Assert.Empty(terms[1].Avoid);
        Assert.DoesNotContain("word back", Glossary.WithoutAvoided(text), StringComparison.Ordinal);
    }
}
