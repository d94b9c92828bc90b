namespace LockGrains.Simulation;

/// <summary>A lock as naive as can be: those who hold, how much of it each has, and the last token. It accepts a step or says why not.</summary>
internal sealed class ReferenceLock
{
    private readonly List<ShareFacts> _shares = [];
    private long _lastToken;

    /// <summary>Why somebody cannot be granted so much now, if they hold already, in place of that; null when they can.</summary>
    public string? FindProblem(ShareFacts next)
    {
        if (next.Token <= _lastToken)
            return $"{next} comes after token {_lastToken}";
        return FitRule.FindClash([.. _shares.Where(share => share.Lease != next.Lease), next]);
    }

    /// <summary>A hold begins, or becomes more.</summary>
    public string? Grant(ShareFacts next)
    {
        if (FindProblem(next) is { } problem)
            return problem;
        _shares.RemoveAll(share => share.Lease == next.Lease);
        _shares.Add(next);
        _lastToken = next.Token;
        return null;
    }

    /// <summary>A hold gives a part back.</summary>
    public string? Reduce(ShareFacts less)
    {
        var index = _shares.FindIndex(share => share.Lease == less.Lease);
        if (index < 0)
            return $"{less} gives a part back, but does not hold";
        if (!IsPart(less, _shares[index]))
            return $"{less} is no part of {_shares[index]}";
        _shares[index] = less;
        return null;
    }

    public string? End(Guid lease) => _shares.RemoveAll(share => share.Lease == lease) == 1 ? null : $"{Short.Of(lease)} ends, but does not hold";

    /// <summary>Whether a hold may become another without an upgrade.</summary>
    public static bool IsPart(ShareFacts less, ShareFacts of) => of.Mode switch
    {
        HoldMode.Exclusive => less.Permits == 1,
        HoldMode.Upgradeable => less.Mode != HoldMode.Exclusive && less.Permits == 1,
        _ => less.Mode == HoldMode.Shared && less.Permits <= of.Permits && less.Numbers.SequenceEqual(of.Numbers.Take(less.Permits)),
    };
}
