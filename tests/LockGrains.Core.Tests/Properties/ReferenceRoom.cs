namespace LockGrains.Core.Tests.Properties;

/// <summary>Those who hold, and whether one more fits: by counting, each time from the start.</summary>
internal sealed class ReferenceRoom(int most)
{
    private const int LargestNumberedLimit = 4096;

    private readonly List<Holder> _holders = [];

    public IReadOnlyList<Holder> Holders => _holders;

    /// <summary>The most permits that all may have together, whatever they ask for; 0 for no limit. It takes nothing away.</summary>
    public int KeyLimit { get; set; }

    public ReferenceRoom Copy()
    {
        var copy = new ReferenceRoom(most) { KeyLimit = KeyLimit };
        copy._holders.AddRange(_holders.Select(holder => holder with { }));
        return copy;
    }

    public Holder? Find(int name) => _holders.Find(holder => holder.Name == name);

    public bool IsAlone(int name) => _holders.Count == 1 && _holders[0].Name == name;

    public bool Fits(Ask ask)
    {
        if (_holders.Count == 0)
            return true;
        var writers = _holders.Count(holder => holder.Has == Want.Alone) + (ask.Want == Want.Alone ? 1 : 0);
        var perhapsWriters = _holders.Count(holder => holder.Has == Want.ShareAndPerhapsMore) + (ask.Want == Want.ShareAndPerhapsMore ? 1 : 0);
        var permits = _holders.Sum(holder => (long)holder.Permits) + ask.Permits;
        return writers == 0 && perhapsWriters <= 1 && _holders.Count + 1 <= most && (ask.Limit == 0 || permits <= ask.Limit) && (KeyLimit == 0 || permits <= KeyLimit);
    }

    /// <summary>Whether it would not even fit alone.</summary>
    public bool IsOverLimit(Ask ask) => KeyLimit > 0 && ask.Permits > KeyLimit;

    public void Add(Ask ask, TimeSpan until) => _holders.Add(new Holder(ask) { Until = until, Numbers = NumbersFor(ask) });

    public void Remove(Holder holder) => _holders.RemoveAll(other => other.Name == holder.Name);

    private List<int> NumbersFor(Ask ask)
    {
        // Who shares and names no limit has the key's.
        var limit = ask is { Limit: 0, Want: Want.Share } ? KeyLimit : ask.Limit;
        List<int> numbers = [];
        for (var number = 0; limit is > 0 and <= LargestNumberedLimit && numbers.Count < ask.Permits; number++)
        {
            if (!_holders.Exists(holder => holder.Numbers.Contains(number)))
                numbers.Add(number);
        }

        return numbers;
    }
}
