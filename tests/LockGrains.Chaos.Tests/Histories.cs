namespace LockGrains.Chaos.Tests;

/// <summary>Makes up histories of one key for a judge, each line a microsecond after the one before.</summary>
/// <param name="name">The key.</param>
internal sealed class Histories(string name = Histories.Key)
{
    public const string Key = "k";
    public const long Second = 1_000_000_000;

    private readonly Dictionary<string, Share> _shares = new(StringComparer.Ordinal);

    public ClientJudge Judge { get; } = new();

    public string Name => name;

    public long Now { get; private set; } = Second;

    /// <summary>The rules that were broken, in order.</summary>
    public IReadOnlyList<string> Rules => [.. Judge.Broken.Select(broken => broken.Rule)];

    public static Share Reader { get; } = new(LockMode.Shared);

    public static Share Upgradeable { get; } = new(LockMode.Upgradeable);

    public static Share Permits(params int[] numbers) => new(LockMode.Shared, numbers.Length, 3) { Numbers = numbers };

    public void Advance(long nanoseconds) => Now += nanoseconds;

    public void Ask(string who, Share share, string? session = null, long delay = 0)
    {
        _shares[who] = share;
        Hear(who, new HistoryLine { What = Happening.Asked, Share = share with { Numbers = [] }, Session = session, Delay = delay });
    }

    /// <summary>One that has asked is granted the lock.</summary>
    public void Grant(string who, long token, long lasts = Second) =>
        Hear(who, new HistoryLine { What = Happening.Granted, Token = token, Until = Now + lasts + 1000, Share = _shares[who] with { Limit = 0 } });

    /// <summary>One asks and is granted the lock.</summary>
    public void Take(string who, Share share, long token, long lasts = Second, string? session = null, long delay = 0)
    {
        Ask(who, share, session, delay);
        Grant(who, token, lasts);
    }

    public void Upgrade(string who, long token, long lasts = Second)
    {
        Hear(who, new HistoryLine { What = Happening.Upgrading });
        Hear(who, new HistoryLine { What = Happening.Upgraded, Token = token, Until = Now + lasts + 1000 });
    }

    public void Downgrade(string who, Share left, long token)
    {
        Hear(who, new HistoryLine { What = Happening.Downgrading, Share = left with { Limit = 0 }, Token = token });
        Hear(who, new HistoryLine { What = Happening.Downgraded, Share = left with { Limit = 0 }, Token = token });
    }

    public void Release(string who, long token)
    {
        Hear(who, new HistoryLine { What = Happening.Releasing, Token = token });
        Hear(who, new HistoryLine { What = Happening.Released, Token = token, IsYes = true });
    }

    /// <summary>The handle says that the lock is lost.</summary>
    public void Lose(string who, long token) => Hear(who, new HistoryLine { What = Happening.Lost, Token = token });

    /// <summary>A release is sent, and nobody says what came of it.</summary>
    public void Releasing(string who, long token) => Hear(who, new HistoryLine { What = Happening.Releasing, Token = token });

    public void Place(string who, int place = 1) => Hear(who, new HistoryLine { What = Happening.Placed, Place = place });

    public void Believe(string who, long token, long lasts) => Hear(who, new HistoryLine { What = Happening.Believed, Token = token, Until = Now + lasts });

    public void Verify(string who, long token)
    {
        var askedAt = Now;
        Hear(who, new HistoryLine { What = Happening.Verified, Token = token, Until = askedAt, IsYes = true });
    }

    /// <summary>The resource decides, and the client is told so.</summary>
    public void Use(string who, long token, bool isTaken = true, bool isRead = false, int? number = null)
    {
        Decide(who, token, isTaken, isRead, number);
        Hear(who, new HistoryLine { What = Happening.Wrote, Token = token, IsYes = isTaken, Numbers = number is { } used ? [used] : null });
    }

    public void Decide(string who, long token, bool isTaken = true, bool isRead = false, int? number = null)
    {
        Advance(1000);
        Judge.Hear("resource", new HistoryLine
        {
            At = Now,
            What = Happening.Decided,
            Key = number is { } permit ? LoadKeys.OfNumber(name, permit) : name,
            Token = token,
            Detail = $"{who}/1",
            IsYes = isTaken,
            Mode = isRead ? LockMode.Shared : LockMode.None,
        });
    }

    /// <summary>A session is opened.</summary>
    public void Open(string who, string session)
    {
        HearOfSession(who, new HistoryLine { What = Happening.Opening });
        HearOfSession(who, new HistoryLine { What = Happening.Opened, Session = session });
    }

    public void BelieveSession(string who, string session, long lasts) =>
        HearOfSession(who, new HistoryLine { What = Happening.SessionBelieved, Session = session, Until = Now + lasts });

    /// <summary>A watcher is told a state.</summary>
    public void See(string who, long token, IReadOnlyList<long> holders, string? value = null) =>
        Hear(who, new HistoryLine { What = Happening.Saw, Token = token, Holders = holders, Detail = value });

    /// <summary>A watcher says that it was told nothing since.</summary>
    public void Watch(string who, int attempt = 1) => Hear(who, new HistoryLine { What = Happening.Watching, Attempt = attempt });

    public void BeginOnce(string who, long edition, long token, long lasts = Second) =>
        Hear(who, new HistoryLine { What = Happening.OnceBegan, Edition = edition, Token = token, Until = Now + lasts });

    public void TellOnce(string who, long edition, long token, string outcome) =>
        Hear(who, new HistoryLine { What = Happening.OnceTold, Edition = edition, Token = token, Detail = outcome });

    // A number of its own: it is no attempt of a key.
    private void HearOfSession(string who, HistoryLine line)
    {
        Advance(1000);
        Judge.Hear(who, line with { At = Now, Attempt = 1_000_000 });
    }

    private void Hear(string who, HistoryLine line)
    {
        Advance(1000);
        Judge.Hear(who, line with { At = Now, Attempt = Math.Max(1, line.Attempt), Key = name });
    }
}
