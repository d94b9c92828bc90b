namespace LockGrains.Chaos.Tests;

public sealed class WorkJudgeTests
{
    private readonly WorkJudge _judge = new();

    [Fact]
    public void Hear_LeadersOneAfterTheOther_BreakNothing()
    {
        Hear((1, "a", 10), (1, "a", 20), (2, "b", 21), (5, "a", 30), (5, "a", 40));

        Assert.Empty(_judge.Broken);
        Assert.Equal((0, 0), (_judge.Void, _judge.Late.Count));
        Assert.Equal([(1, 10, 20), (2, 21, 21), (5, 30, 40)], _judge.Spans.Select(span => (span.Token, span.BeganAt, span.EndedAt)));
    }

    [Fact]
    public void Hear_ALeaderThatBeganBeforeTheLastEntryOfTheOneBefore_IsTwoAtWork()
    {
        Hear((1, "a", 10), (1, "a", 30), (2, "b", 29));

        Assert.Contains("b began token 2", Assert.Single(_judge.Broken), StringComparison.Ordinal);
    }

    /// <summary>Begun before the next leader began, and written after: the fence makes it void, and nobody was at work beside it.</summary>
    [Fact]
    public void Hear_AnEntryThatWasOnItsWay_IsVoidAndNotLate()
    {
        Hear((1, "a", 10), (2, "b", 30), (1, "a", 29));

        Assert.Empty(_judge.Broken);
        Assert.Equal((1, 0), (_judge.Void, _judge.Late.Count));
        Assert.Equal(10, _judge.Spans[0].EndedAt);
    }

    [Theory]
    [InlineData(1, 31)]
    [InlineData(2, 31)]
    [InlineData(3, 41)]
    public void Hear_AnEntryBegunAfterAnotherLeaderHadBegun_IsLate(long token, long at)
    {
        Hear((1, "a", 10), (3, "b", 30), (7, "c", 40), (token, "a", at));

        Assert.Equal((1, 1), (_judge.Void, _judge.Late.Count));
    }

    [Fact]
    public void Hear_OneTokenOfTwoProcesses_IsBroken()
    {
        Hear((1, "a", 10), (1, "b", 20));

        Assert.Contains("token 1", Assert.Single(_judge.Broken), StringComparison.Ordinal);
    }

    /// <summary>As the processes do: two that append by turns, and one that reads while they do.</summary>
    [Fact]
    public async Task File_OfTwoWriters_IsReadInItsOrder()
    {
        using var folder = new TempFolder();
        var path = folder.File("work");
        using var first = new WorkFile(path);
        using var second = new WorkFile(path);
        using var reader = new WorkReader(path);
        first.Append(new WorkEntry(1, "a", 10));
        second.Append(new WorkEntry(2, "b", 20));
        var next = await reader.WhenNextAsync(1, TimeSpan.FromMinutes(1), CancellationToken.None);
        first.Append(new WorkEntry(1, "a", 21));
        reader.Read();

        Assert.Equal((2L, "b", 20L), (next.Token, next.Name, next.BeganAt));
        Assert.Equal((1, 1), (reader.Judge.Void, reader.Judge.Late.Count));
    }

    private void Hear(params (long Token, string Name, long At)[] entries)
    {
        foreach (var (token, name, at) in entries)
            _judge.Hear(new WorkEntry(token, name, at));
    }
}
