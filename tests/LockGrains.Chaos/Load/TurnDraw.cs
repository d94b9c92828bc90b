namespace LockGrains.Chaos;

/// <summary>Draws what a caller does next.</summary>
internal sealed class TurnDraw(Random random)
{
    private const double WriterShare = 0.1;
    private const double WholePoolShare = 0.25;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Not for ever: who holds some keys under a session and waits for another keeps others from the first ones.
    private static readonly TimeSpan SessionPatience = TimeSpan.FromSeconds(20);

    /// <summary>A turn of a key that has callers of its own.</summary>
    public Turn Of(string key) => LoadKeys.IsReaderWriter(key) ? OfReaderWriter(key) : LoadKeys.IsSemaphore(key) ? OfSemaphore(key) : OfMutex(key);

    /// <summary>A single use.</summary>
    public Turn Once(string key) => new(key) { Wait = Patience, HoldsFor = Milliseconds(5, 30), Verifies = true };

    /// <summary>A long hold that is renewed, or one that is forgotten.</summary>
    public Turn Slow()
    {
        var key = LoadKeys.Slow[random.Next(LoadKeys.Slow.Count)];
        var isForgotten = random.NextDouble() < 0.15;
        return new Turn(key)
        {
            Wait = Patience,
            HoldsFor = isForgotten ? TimeSpan.Zero : Milliseconds(1500, 6000),
            Lease = TimeSpan.FromSeconds(2),
            IsForgotten = isForgotten,
            Renews = !isForgotten,
            Verifies = true,
            LockDelay = random.NextDouble() < 0.5 ? Milliseconds(300, 1500) : TimeSpan.Zero,
        };
    }

    /// <summary>A few of the keys that are held under sessions, in the order in which all sessions take them.</summary>
    public IReadOnlyList<string> KeysUnderSession()
    {
        var keys = LoadKeys.UnderSession.ToArray();
        random.Shuffle(keys);
        return [.. keys.Take(random.Next(1, 4)).Order(StringComparer.Ordinal)];
    }

    /// <summary>A hold under a session.</summary>
    public Turn UnderSession(string key) => new(key)
    {
        Wait = SessionPatience,
        HoldsFor = Milliseconds(20, 300),
        Share = LoadKeys.IsReadUnderSession(key) && random.Next(2) == 0 ? new Share(LockMode.Shared) : Share.Whole,
        Verifies = random.NextDouble() < 0.3,
    };

    /// <summary>A hold of such a key without a session.</summary>
    public Turn BesideSessions() => OfMutex(LoadKeys.UnderSession[random.Next(LoadKeys.UnderSession.Count)]);

    /// <summary>A time of leading.</summary>
    public Turn Lead() => new(LoadKeys.Lead) { Wait = Patience, HoldsFor = Milliseconds(200, 2500) };

    /// <summary>A turn of a caller over HTTP. Some hold for so long that they must renew.</summary>
    public Turn OverHttp(string key) => new(key)
    {
        Wait = random.NextDouble() < 0.1 ? TimeSpan.Zero : Patience,
        HoldsFor = random.NextDouble() < 0.05 ? Milliseconds(1500, 3000) : Milliseconds(10, 80),
        Share = key == LoadKeys.HttpShared && random.Next(2) == 0 ? new Share(LockMode.Shared) : Share.Whole,
        Verifies = random.NextDouble() < 0.2,
    };

    /// <summary>Work that runs once.</summary>
    public Turn RunOnce() => new(LoadKeys.Once) { Wait = Patience, HoldsFor = Milliseconds(20, 400) };

    /// <summary>A turn of a key that hardly anybody else wants.</summary>
    public Turn Light() =>
        new(LoadKeys.Light(random)) { Wait = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(5), HoldsFor = Milliseconds(0, 40) };

    /// <summary>One of many readers, or one in ten a writer. A reader holds so long that a writer behind it is told that it is first.</summary>
    public Turn OfDocument() => random.NextDouble() < WriterShare
        ? new Turn(LoadKeys.Document) { Wait = Patience, HoldsFor = Milliseconds(20, 60), TellsPlaces = true }
        : new Turn(LoadKeys.Document) { Wait = Patience, HoldsFor = Milliseconds(100, 500), TellsPlaces = true, Share = new Share(LockMode.Shared) };

    /// <summary>A request of one permit, or one in four of all three.</summary>
    public Turn OfPool() => new(LoadKeys.Pool)
    {
        Wait = Patience,
        HoldsFor = Milliseconds(20, 80),
        TellsPlaces = true,
        Share = new Share(LockMode.Shared, random.NextDouble() < WholePoolShare ? LoadKeys.Limit : 1, LoadKeys.Limit),
    };

    private Turn OfMutex(string key) => random.NextDouble() switch
    {
        < 0.04 => new Turn(key) { Wait = TimeSpan.Zero, HoldsFor = Milliseconds(5, 30) },
        < 0.08 => new Turn(key) { Wait = Milliseconds(20, 200), HoldsFor = Milliseconds(5, 30) },
        < 0.12 => new Turn(key) { Wait = Patience, CancelsAfter = Milliseconds(5, 150), HoldsFor = Milliseconds(5, 30) },
        < 0.16 => new Turn(key) { Wait = Patience, HoldsFor = Milliseconds(10, 40), Verifies = true },
        _ => new Turn(key) { Wait = Patience, HoldsFor = Milliseconds(15, 70) },
    };

    private Turn OfReaderWriter(string key)
    {
        var reader = new Turn(key) { Wait = Patience, HoldsFor = Milliseconds(20, 120), Share = new Share(LockMode.Shared) };
        var writer = new Turn(key) { Wait = Patience, HoldsFor = Milliseconds(10, 50) };
        return random.NextDouble() switch
        {
            < 0.05 => reader with { Wait = TimeSpan.Zero },
            < 0.10 => reader with { CancelsAfter = Milliseconds(5, 150) },
            < 0.15 => reader with { Verifies = true },
            < 0.45 => reader,
            < 0.49 => writer with { CancelsAfter = Milliseconds(5, 150) },
            < 0.62 => writer,
            < 0.67 => writer with { Changes = [new HoldChange(LockMode.Shared)], Verifies = true },
            < 0.72 => writer with { Changes = [new HoldChange(LockMode.Upgradeable), Upgrade()] },
            < 0.77 => reader with { Share = new Share(LockMode.Upgradeable) },
            < 0.87 => writer with { Share = new Share(LockMode.Upgradeable), Changes = [Upgrade()] },
            < 0.94 => writer with { Share = new Share(LockMode.Upgradeable), Changes = [Upgrade(), new HoldChange(LockMode.Shared)], Verifies = true },
            _ => writer with { Share = new Share(LockMode.Upgradeable), Changes = [Upgrade(), new HoldChange(LockMode.Upgradeable), Upgrade()], Verifies = true },
        };
    }

    private Turn OfSemaphore(string key)
    {
        var permits = random.Next(1, LoadKeys.Limit + 1);
        var turn = new Turn(key) { Wait = Patience, HoldsFor = Milliseconds(20, 120), Share = new Share(LockMode.Shared, permits, LoadKeys.Limit) };
        return random.NextDouble() switch
        {
            < 0.05 => turn with { Share = Share.Whole, WholeOf = LoadKeys.Limit },
            < 0.10 => turn with { Wait = TimeSpan.Zero },
            < 0.16 => turn with { CancelsAfter = Milliseconds(5, 150) },
            < 0.22 => turn with { Verifies = true },
            < 0.45 when permits > 1 => turn with { Changes = [new HoldChange(LockMode.Shared, random.Next(1, permits))], Verifies = true },
            _ => turn,
        };
    }

    private HoldChange Upgrade()
    {
        var upgrade = new HoldChange(LockMode.Exclusive);
        return random.NextDouble() switch
        {
            < 0.2 => upgrade,
            < 0.4 => upgrade with { Wait = Milliseconds(10, 200) },
            < 0.55 => upgrade with { Wait = TimeSpan.FromSeconds(5), CancelsAfter = Milliseconds(1, 100) },
            _ => upgrade with { Wait = TimeSpan.FromSeconds(5) },
        };
    }

    private TimeSpan Milliseconds(int from, int to) => TimeSpan.FromMilliseconds(random.Next(from, to + 1));
}
