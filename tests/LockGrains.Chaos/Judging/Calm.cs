namespace LockGrains.Chaos;

/// <summary>Since when nothing has been in trouble: what is promised with a bound is promised then.</summary>
internal sealed class Calm
{
    private readonly List<long> _returns = [];

    /// <summary>Since when; the largest number while a fault lasts.</summary>
    public long Since { get; private set; }

    /// <summary>A fault begins; say so before the history of it is heard.</summary>
    public void Disturb() => Since = long.MaxValue;

    /// <summary>All is healed.</summary>
    public void Return(long at)
    {
        Since = at;
        _returns.Add(at);
    }

    /// <summary>When the trouble of a time was over: that time where there was none, and the largest number while it lasts.</summary>
    public long EndOf(long at)
    {
        var index = _returns.BinarySearch(at);
        index = index < 0 ? ~index : index;
        return index < _returns.Count ? _returns[index] : Math.Max(at, Since);
    }
}
