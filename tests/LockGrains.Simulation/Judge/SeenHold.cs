namespace LockGrains.Simulation;

/// <summary>What clients saw of one hold under one token: how much it was at first, and what was left of it then.</summary>
internal sealed class SeenHold
{
    private readonly List<HoldFacts> _parts;

    private SeenHold(AttemptFacts attempt, IReadOnlyList<HoldFacts> seen)
    {
        Attempt = attempt;
        _parts = [.. seen.OrderBy(hold => hold.Change).ThenBy(hold => hold.Share.Mode == HoldMode.Exclusive ? 0 : 1)];
        EndSeenAt = seen.Select(hold => hold.EndSeenAt).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        AskedAt = seen.Max(part => part.AskedAt);
        SeenAt = seen.Min(part => part.SeenAt);
    }

    public AttemptFacts Attempt { get; }

    public IReadOnlyList<HoldFacts> Parts => _parts;

    public ShareFacts First => _parts[0].Share;

    /// <summary>When the request was sent that it came from.</summary>
    public long SentAt { get; private set; }

    /// <summary>When it was first seen.</summary>
    public long SeenAt { get; }

    /// <summary>The sending of the last call that was answered as by this hold.</summary>
    public long AskedAt { get; }

    /// <summary>When it was first seen to be over, as is proven for good; -1 for never.</summary>
    public long EndSeenAt { get; }

    /// <summary>Whether it went on under a larger token, as an upgrade does.</summary>
    public bool GoesOn { get; private set; }

    /// <summary>The holds of an attempt, by their tokens. One that nobody was told of is none that clients saw.</summary>
    public static IReadOnlyList<SeenHold> Of(AttemptFacts attempt)
    {
        var holds = attempt.Holds.GroupBy(hold => hold.Token).OrderBy(group => group.Key)
            .Where(group => group.Any(hold => hold.IsTold)).Select(group => new SeenHold(attempt, [.. group])).ToArray();
        for (var index = 0; index < holds.Length; index++)
        {
            var change = holds[index].Parts[0].Change;
            var before = index == 0 ? 0 : holds[index - 1].Parts[^1].Change;
            holds[index].SentAt = change == 0 ? attempt.FirstSentAt : attempt.FindUpgradeSentAt(before, change);

            // One that was forgotten and granted anew begins anew.
            if (index > 0 && change > 0)
                holds[index - 1].GoOn(change);
        }

        return holds;
    }

    /// <summary>When a change was first sent that may have made one part of the one before. An upgrade and its cancel have one number.</summary>
    public long FindSentAt(HoldFacts before, HoldFacts part)
    {
        // Noted as over, by whatever ended it.
        if (before.Share.Mode == part.Share.Mode && before.Share.Permits == part.Share.Permits)
            return Attempt.FirstSentAt;
        return Attempt.FindReductionSentAt(above: before.Change == part.Change ? part.Change - 1 : before.Change, upTo: part.Change);
    }

    // It was upgraded again, so it was given back before: nobody was told of that.
    private void GoOn(int change)
    {
        GoesOn = true;
        if (_parts[^1].Share.Mode != HoldMode.Exclusive || Attempt.FindReduction(above: _parts[^1].Change, below: change) is not { } reduction)
            return;
        var share = _parts[^1].Share with { Mode = HoldMode.Upgradeable };
        _parts.Add(new HoldFacts { Share = share, Change = reduction, SeenAt = long.MaxValue });
    }
}
