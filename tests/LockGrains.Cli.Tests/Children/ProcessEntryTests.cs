using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.Children;

public sealed class ProcessEntryTests
{
    private const string Rest = " 1234 1200 1200 34816 1230 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 2";

    [Theory]
    [InlineData("42 (sh) S" + Rest, false)]
    [InlineData("42 (a) Z 1 (b\n) S" + Rest, false)]
    [InlineData("42 () Z" + Rest, true)]
    public void Parse_WhateverTheName_ReadsWhatFollowsIt(string line, bool hasEnded) =>
        Assert.Equal(new ProcessEntry(42, 1234, 1200, hasEnded, 987654), ProcessEntry.Parse(42, line));

    [Theory]
    [InlineData("")]
    [InlineData("42 (sh) S 1 2 3")]
    public void Parse_CutOff_IsNoProcess(string line) => Assert.Null(ProcessEntry.Parse(42, line));
}
