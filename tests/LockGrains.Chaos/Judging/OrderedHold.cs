using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>A hold under one token, as far as its client could see: when it was asked for and seen, and until when it is known to have been what.</summary>
internal sealed class OrderedHold(ClientAttempt attempt, long token, long sentAt, long seenAt, Share share)
{
    // What it was at first, and what was left of it after each downgrade; each with the last time that it is known to have been at least that.
    private readonly List<(Share Share, long ProvenAt)> _stages = [(share, sentAt)];

    public ClientAttempt Attempt => attempt;

    public long Token => token;

    /// <summary>When its acquire, or its upgrade, was sent.</summary>
    public long SentAt => sentAt;

    /// <summary>When its client was told of it.</summary>
    public long SeenAt => seenAt;

    /// <summary>What it was at first.</summary>
    public Share Share => share;

    /// <summary>The hold whose upgrade it is; null for a grant.</summary>
    public OrderedHold? Former { get; init; }

    /// <summary>The earliest time at which it can have begun.</summary>
    public long BeginsAt { get; set; }

    /// <summary>The earliest times at which each of its stages can have ended.</summary>
    public IEnumerable<long> Ends
    {
        get
        {
            var end = BeginsAt;
            foreach (var (_, provenAt) in _stages)
                yield return end = Math.Max(end, provenAt);
        }
    }

    /// <summary>The cluster said that it is current, at some time after it was asked.</summary>
    public void Prove(long askedAt) => _stages[^1] = (_stages[^1].Share, Math.Max(_stages[^1].ProvenAt, askedAt));

    /// <summary>A part of it was asked to be taken back. What is proven from now on is proven of what is left.</summary>
    public void GiveBack(Share left) => _stages.Add((left, _stages[^1].ProvenAt));

    /// <summary>That was confirmed: until it was asked for, it was what it was before.</summary>
    public void ProveGivenBack(long askedAt)
    {
        if (_stages.Count > 1)
            _stages[^2] = (_stages[^2].Share, Math.Max(_stages[^2].ProvenAt, askedAt));
        Prove(askedAt);
    }

    /// <summary>Records were lost after a time: nothing is known of it from then on.</summary>
    public void ForgetAfter(long at)
    {
        for (var stage = 0; stage < _stages.Count; stage++)
            _stages[stage] = (_stages[stage].Share, Math.Min(_stages[stage].ProvenAt, at));
    }

    /// <summary>The most that can be left of it at a time if each stage ends as early as it can; null when it can be over.</summary>
    public Share? FindLeft(long at) => _stages.Zip(Ends).Where(pair => pair.Second > at).Select(pair => pair.First.Share).FirstOrDefault();

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"the hold of {attempt.Name} (token {token}, {share})");
}
