namespace LockGrains.Chaos.Tests;

public sealed class HistoryMergeTests
{
    private readonly HistoryMerge _merge = new();

    [Fact]
    public void Drain_SeveralProcesses_ComesInTheOrderOfTime()
    {
        var (a, b) = (_merge.Add("a"), _merge.Add("b"));
        Feed(a, 1, 4, 6);
        Feed(b, 2, 3, 5);

        Assert.Equal([1, 2, 3, 4, 5], Drain());
    }

    [Fact]
    public void Drain_AProcessThatIsPaused_HoldsUpWhatItMayStillPrecede()
    {
        var (a, b) = (_merge.Add("a"), _merge.Add("b"));
        Feed(a, 1);
        Feed(b, 2, 3);
        Assert.Equal([1], Drain());

        Feed(a, 2, 9);
        Assert.Equal([2, 2, 3], Drain());
    }

    [Fact]
    public void Drain_AProcessThatEnded_HoldsUpNobody()
    {
        var (a, b) = (_merge.Add("a"), _merge.Add("b"));
        Feed(a, 1);
        Feed(b, 2, 3);
        _merge.Close(a);

        Assert.Equal([1, 2, 3], Drain());
    }

    private void Feed(HistoryMerge.Source source, params long[] times)
    {
        foreach (var time in times)
            _merge.Feed(source, new HistoryLine { At = time, What = Happening.Asked });
    }

    private List<long> Drain() => [.. _merge.Drain().Select(entry => entry.Line.At)];
}
