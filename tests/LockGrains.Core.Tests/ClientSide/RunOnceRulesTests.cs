using System.Collections.Immutable;
using System.Text;

namespace LockGrains.Core.Tests;

/// <summary>Which edition runs, and how the record of the last run is written.</summary>
public sealed class RunOnceRulesTests
{
    private static readonly RunOnceRecord Record = new() { Edition = "2026-12", Outcome = "7 tables,\nno view", FencingToken = 4711 };

    [Theory]
    [InlineData("1", "2")]
    [InlineData("", "0")]
    [InlineData("9", "10")]
    [InlineData("v9", "v10")]
    [InlineData("1.9.3", "1.10")]
    [InlineData("1.9", "1.9.1")]
    [InlineData("2026-9", "2026-12")]
    [InlineData("2026-12-31", "2027-01-01")]
    [InlineData("99999999999999999999999", "100000000000000000000000")]
    [InlineData("a", "b")]
    [InlineData("1a", "1b")]
    [InlineData("007a", "7b")]
    [InlineData("07", "7")]
    [InlineData("A", "a")]
    [InlineData("1.0", "1.0-beta")]
    [InlineData("2026-12T09", "2026-12T10")]
    public void Editions_AreCompared_DigitsAsNumbersAndAllElseAsCharacters(string earlier, string later)
    {
        Assert.True(RunOnceRules.CompareEditions(earlier, later) < 0);
        Assert.True(RunOnceRules.CompareEditions(later, earlier) > 0);
        Assert.Equal(0, RunOnceRules.CompareEditions(later, new string(later)));
    }

    /// <summary>Every three of them are in one order, however they are compared: else two hosts could each take its own edition for the later one.</summary>
    [Fact]
    public void Editions_OfAllKinds_HaveOneOrder()
    {
        string[] pieces = ["", "0", "00", "1", "01", "10", "a", "-", "é", "٣"];
        string[] editions = [.. from one in pieces from two in pieces from three in pieces select one + two + three];
        var ordered = editions.Distinct(StringComparer.Ordinal).Order(Comparer<string>.Create(RunOnceRules.CompareEditions)).ToArray();

        Assert.True(ordered.Length > 300);
        for (var index = 0; index < ordered.Length; index++)
        {
            for (var later = index + 1; later < ordered.Length; later++)
                Assert.True(RunOnceRules.CompareEditions(ordered[index], ordered[later]) < 0, $"{ordered[index]} is not before {ordered[later]}.");
        }
    }

    [Fact]
    public void Decide_NothingRan_Runs() => Assert.Null(RunOnceRules.Decide(null, ""));

    [Theory]
    [InlineData("2026-11", RunOnceStatus.Superseded)]
    [InlineData("", RunOnceStatus.Superseded)]
    [InlineData("2026-12", RunOnceStatus.AlreadyRun)]
    [InlineData("2027-01", null)]
    public void Decide_AfterARun_RunsOnlyWhatIsLater(string edition, RunOnceStatus? expected) =>
        Assert.Equal(expected, RunOnceRules.Decide(Record, edition));

    /// <summary>The layout is in the storage of whoever used it: this text may not change without another number.</summary>
    [Fact]
    public void Encode_IsATextOfTheseLines() =>
        Assert.Equal("once/1\n4711\n2026-12\n7 tables,\nno view", Encoding.UTF8.GetString(RunOnceRules.Encode(Record).AsSpan()));

    [Theory]
    [InlineData("", "")]
    [InlineData("2026-12", "")]
    [InlineData("", "\n\nonce/1\n")]
    [InlineData("ä ö", "π\0\r\n")]
    public void Decode_WhatWasEncoded_IsTheSame(string edition, string outcome)
    {
        var record = new RunOnceRecord { Edition = edition, Outcome = outcome, FencingToken = FencingToken.MaxValue };

        Assert.True(RunOnceRules.TryDecode(RunOnceRules.Encode(record), out var read, out var problem), problem);
        Assert.Equal(record, read);
    }

    [Theory]
    [InlineData("", "it is no record of a run")]
    [InlineData("7", "it is no record of a run")]
    [InlineData("Once/1\n1\n\n", "it is no record of a run")]
    [InlineData("\uFEFFonce/1\n1\n\n", "it is no record of a run")]
    [InlineData("once/2\n1\n\n", "it is a record of a run in another layout than 1, so another version of LockGrains wrote it")]
    [InlineData("once/01\n1\n\n", "it is a record of a run in another layout than 1, so another version of LockGrains wrote it")]
    [InlineData("once/1", "it is a damaged record of a run")]
    [InlineData("once/1\n1\n", "it is a damaged record of a run")]
    [InlineData("once/1\n0\n\n", "it is a damaged record of a run")]
    [InlineData("once/1\n-1\n\n", "it is a damaged record of a run")]
    [InlineData("once/1\n01\n\n", "it is a damaged record of a run")]
    [InlineData("once/1\n 1\n\n", "it is a damaged record of a run")]
    [InlineData("once/1\n9007199254740992\n\n", "it is a damaged record of a run")]
    [InlineData("once/1\n99999999999999999999\n\n", "it is a damaged record of a run")]
    [InlineData("once/1\n1\na\tb\n", "it is a damaged record of a run")]
    public void Decode_WhatIsNoRecord_SaysWhy(string text, string expected) => AssertNoRecord([.. Encoding.UTF8.GetBytes(text)], expected);

    [Fact]
    public void Decode_WhatIsNoText_SaysWhy()
    {
        AssertNoRecord([.. RunOnceRules.Encode(Record), 0xFF], "it is no record of a run");
        AssertNoRecord([0x6F, 0xC3], "it is no record of a run");
        AssertNoRecord(default, "it is no record of a run");
    }

    [Fact]
    public void Decode_AnEditionThatIsTooLong_IsDamaged() =>
        AssertNoRecord(RunOnceRules.Encode(Record with { Edition = new string('a', 129) }), "it is a damaged record of a run");

    [Fact]
    public void Encode_AnOutcomeThatIsNoText_Throws() =>
        Assert.ThrowsAny<ArgumentException>(() => RunOnceRules.Encode(Record with { Outcome = "\uD800" }));

    [Fact]
    public void Edition_OutOfRange_IsNamed()
    {
        Assert.Null(RunOnceRules.FindEditionProblem(""));
        Assert.Null(RunOnceRules.FindEditionProblem(new string('ä', 64)));
        Assert.Equal("Edition must have at most 128 bytes in UTF-8; this one has 130.", RunOnceRules.FindEditionProblem(new string('ä', 65)));
        Assert.Equal("Edition must have no control characters; this one has U+000A at index 1.", RunOnceRules.FindEditionProblem("a\nb"));
        Assert.Equal("Edition must be well-formed text; this one has a lone surrogate at index 2.", RunOnceRules.FindEditionProblem("ab\uD800"));
    }

    private static void AssertNoRecord(ImmutableArray<byte> bytes, string expected)
    {
        Assert.False(RunOnceRules.TryDecode(bytes, out var record, out var problem));
        Assert.Null(record);
        Assert.Equal(expected, problem);
    }
}
