namespace LockGrains.Chaos.Tests;

public sealed class WriterWaitsTests
{
    private const long Millisecond = 1_000_000;

    private readonly WriterWaits _waits = new();

    [Fact]
    public void First_WaitsForThoseThatHeldThen_AndIsToldForHowLong()
    {
        Take("a", at: 1);
        Take("b", at: 2);
        Ask("late", LockMode.Shared, at: 3);
        Ask("w", LockMode.Exclusive, at: 4);
        Place("w", 2, at: 5);
        Place("w", 1, at: 10);
        Grant("late", LockMode.Shared, at: 11);
        Place("w", 1, at: 20);
        Release("b", at: 30);
        Release("late", at: 40);
        Release("a", at: 35);
        Release("late", at: 41);
        Grant("w", LockMode.Exclusive, at: 42);

        var wait = Assert.IsType<FirstWait>(_waits.Longest);
        Assert.Equal(3, wait.Holders);
        Assert.Equal(0.032, wait.Waited, 6);
        Assert.Equal(0.030, wait.ForHolders, 6);
        Assert.Equal(0.002, Assert.Single(_waits.Afters), 6);
        Assert.Equal((3, 1, 3, 1, 0), (_waits.Readers, _waits.Writers, _waits.MostReaders, _waits.Firsts, _waits.PassedBy));
    }

    [Fact]
    public void First_PassedByWhoCameAfterIt_IsCounted()
    {
        Ask("w", LockMode.Exclusive, at: 1);
        Place("w", 1, at: 2);
        Take("a", at: 3);
        Release("a", at: 5);
        Grant("w", LockMode.Exclusive, at: 6);

        Assert.Equal(1, _waits.PassedBy);
        Assert.Equal(0, _waits.Longest?.Holders);
    }

    [Fact]
    public void First_WhileTheSiloIsAway_IsNotTheLongest()
    {
        Ask("w", LockMode.Exclusive, at: 1);
        Place("w", 1, at: 2);
        Grant("w", LockMode.Exclusive, at: 900);
        Release("w", at: 901);
        _waits.Disturb(5 * Millisecond, 800 * Millisecond);
        Ask("v", LockMode.Exclusive, at: 902);
        Place("v", 1, at: 903);
        Grant("v", LockMode.Exclusive, at: 904);

        Assert.Equal(2, _waits.Firsts);
        Assert.Equal(0.001, Assert.Single(_waits.Afters), 6);
    }

    private void Take(string who, long at)
    {
        Ask(who, LockMode.Shared, at);
        Grant(who, LockMode.Shared, at);
    }

    private void Ask(string who, LockMode mode, long at) => Hear(who, Happening.Asked, at, mode);

    private void Grant(string who, LockMode mode, long at) => Hear(who, Happening.Granted, at, mode);

    private void Release(string who, long at) => Hear(who, Happening.Releasing, at);

    private void Place(string who, int place, long at) => Hear(who, Happening.Placed, at, place: place);

    private void Hear(string who, Happening what, long at, LockMode mode = LockMode.Exclusive, int place = 0) =>
        _waits.Hear(who, new HistoryLine { What = what, At = at * Millisecond, Attempt = 1, Key = "k", Share = new Share(mode), Place = place });
}
