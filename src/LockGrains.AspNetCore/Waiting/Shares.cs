namespace LockGrains.AspNetCore.Waiting;

/// <summary>
/// What callers take of a limit of this host: all together no more than that, and each no more than its share, so that one that goes wrong leaves room
/// for others. For one thread at a time.
/// </summary>
/// <param name="max">The most of all.</param>
/// <param name="percentOfOne">The most of one caller, in percent of that, rounded up.</param>
internal sealed class Shares(int max, int percentOfOne)
{
    private readonly Dictionary<string, int> _ofEach = new(StringComparer.Ordinal);

    /// <summary>The most of all.</summary>
    public int Max => max;

    /// <summary>The most of one caller.</summary>
    public int MaxOfOne { get; } = (int)((((long)max * percentOfOne) + 99) / 100);

    /// <summary>How many are taken.</summary>
    public int Count { get; private set; }

    /// <summary>What is allowed, for people.</summary>
    public string Text => $"{Max}, and {MaxOfOne} of one access key";

    /// <summary>Whether a caller may take one more.</summary>
    public bool HasRoom(string who) => Count < max && _ofEach.GetValueOrDefault(who) < MaxOfOne;

    /// <summary>A caller takes one.</summary>
    public void Take(string who)
    {
        Count++;
        _ofEach[who] = _ofEach.GetValueOrDefault(who) + 1;
    }

    /// <summary>It gives one back.</summary>
    public void GiveBack(string who)
    {
        Count--;
        if (--_ofEach[who] == 0)
            _ofEach.Remove(who);
    }
}
