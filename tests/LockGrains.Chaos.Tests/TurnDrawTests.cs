namespace LockGrains.Chaos.Tests;

public sealed class TurnDrawTests
{
    private const int Draws = 2000;

    private readonly TurnDraw _draw = new(new Random(1));

    [Fact]
    public void Draw_OfAnyKey_IsATurnThatTheClientTakes()
    {
        foreach (var turn in LoadKeys.Contended.SelectMany(DrawMany).Concat(Many(_draw.OfDocument)).Concat(Many(_draw.OfPool)).Concat(Many(_draw.Slow)).Concat(Many(_draw.Light)))
        {
            turn.ToOptions("worker").Validate();
            var (mode, permits) = (turn.Share.Mode, turn.Share.Permits);
            foreach (var change in turn.Changes)
            {
                Assert.True(change.IsUpgrade ? mode == LockMode.Upgradeable : change.Permits < permits || mode != LockMode.Shared, $"{turn} has a change that cannot be.");
                (mode, permits) = change.IsUpgrade && change.Wait == TimeSpan.Zero ? (mode, permits) : (change.Mode, change.Permits);
            }
        }
    }

    [Fact]
    public void Draw_OfAReaderWriterKey_HasEveryModeAndChange()
    {
        var turns = LoadKeys.ReaderWriter.SelectMany(DrawMany).ToList();

        Assert.Equal([LockMode.Exclusive, LockMode.Shared, LockMode.Upgradeable], turns.Select(turn => turn.Share.Mode).Distinct().Order());
        Assert.Contains(turns, turn => turn.Changes is [{ IsUpgrade: true }, { Mode: LockMode.Upgradeable }, { IsUpgrade: true }]);
        Assert.Contains(turns, turn => turn.Changes is [{ IsUpgrade: true }, { Mode: LockMode.Shared }]);
        Assert.Contains(turns, turn => turn.Changes is [{ IsUpgrade: true, CancelsAfter: not null }, ..]);
        Assert.Contains(turns, turn => turn is { Share.Mode: LockMode.Exclusive, Changes: [{ Mode: LockMode.Shared }] });
    }

    [Fact]
    public void Draw_OfASemaphore_HasEachNumberOfPermitsAndTheWhole()
    {
        var turns = LoadKeys.Semaphores.SelectMany(DrawMany).ToList();

        Assert.Equal([1, 2, 3], turns.Where(turn => turn.Share.Limit == LoadKeys.Limit).Select(turn => turn.Share.Permits).Distinct().Order());
        Assert.Contains(turns, turn => turn is { Share.Mode: LockMode.Exclusive, WholeOf: LoadKeys.Limit });
        Assert.Contains(turns, turn => turn is { Share.Permits: 3, Changes: [{ Permits: 1 }] });
    }

    [Fact]
    public void Draw_OfAHotKey_IsAMutex() =>
        Assert.All(LoadKeys.Hot.SelectMany(DrawMany), turn => Assert.True(turn.Share == Share.Whole && turn.Changes.Count == 0));

    private IEnumerable<Turn> DrawMany(string key) => Many(() => _draw.Of(key));

    private static IEnumerable<Turn> Many(Func<Turn> draw) => Enumerable.Range(0, Draws).Select(_ => draw());
}
