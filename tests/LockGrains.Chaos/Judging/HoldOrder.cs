using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// Looks for an order of the holds of one key that explains what clients saw, where several may hold at a time. Tokens tell the order in which
/// they began. Each begins as early as it can: after it was asked for, not before the one with the smaller token, and when all that is left of
/// the earlier ones lets it in. An earlier begin or end never keeps a later hold out, so this choice finds an order if there is one.
/// </summary>
internal sealed class HoldOrder
{
    private readonly List<OrderedHold> _holds = [];

    public void Add(OrderedHold hold) => _holds.Add(hold);

    /// <summary>Records were lost after a time: what was seen before it is all that is judged.</summary>
    public void ForgetAfter(long at)
    {
        _holds.RemoveAll(hold => hold.SeenAt > at);
        foreach (var hold in _holds)
            hold.ForgetAfter(at);
    }

    public void Clear() => _holds.Clear();

    /// <summary>What cannot be explained; null when there is an order.</summary>
    /// <param name="excusedUntil">What was asked for until then is passed over.</param>
    public string? FindProblem(long excusedUntil)
    {
        var (begin, last) = (0L, (OrderedHold?)null);
        var alive = new List<OrderedHold>();
        var holds = _holds.Where(hold => hold.Attempt.Since > excusedUntil).OrderBy(hold => hold.Token).ToList();
        foreach (var hold in holds)
        {
            if (hold.Token == last?.Token)
                return $"{hold} and {last} have one token";
            if (FindUpgradeProblem(hold, holds) is { } problem)
                return problem;
            begin = FindBegin(hold, Math.Max(begin, hold.SentAt), alive);
            if (begin > hold.SeenAt)
                return Describe(hold, begin, alive, last);
            hold.BeginsAt = begin;
            alive.RemoveAll(other => other.Ends.Last() <= begin);
            alive.Add(hold);
            last = hold;
        }

        return null;
    }

    /// <summary>Who may become the writer keeps every other one out from its own token to that of its upgrade.</summary>
    private static string? FindUpgradeProblem(OrderedHold hold, List<OrderedHold> holds)
    {
        if (hold.Former is not { } former)
            return null;
        if (former.Token >= hold.Token)
            return $"{hold} has no larger token than {former}, whose upgrade it is";
        var between = holds.Find(other => other.Attempt != hold.Attempt && other.Token > former.Token && other.Token < hold.Token && other.Share.Mode != LockMode.Shared);
        return between is null ? null : $"{between} lies between {former} and its upgrade to token {hold.Token}";
    }

    private static long FindBegin(OrderedHold hold, long from, List<OrderedHold> alive)
    {
        if (Fits(hold, from, alive))
            return from;
        var ends = alive.Where(other => other != hold.Former).SelectMany(other => other.Ends).Where(end => end > from).Order();
        return ends.FirstOrDefault(end => Fits(hold, end, alive), long.MaxValue);
    }

    private static bool Fits(OrderedHold hold, long at, List<OrderedHold> alive)
    {
        var taken = hold.Share.Permits;
        foreach (var other in alive.Where(other => other != hold.Former))
        {
            if (other.FindLeft(at) is not { } left)
                continue;
            if (left.Excludes(hold.Share))
                return false;
            taken += left.Permits;
        }

        return hold.Share.Limit == 0 || taken <= hold.Share.Limit;
    }

    private static string Describe(OrderedHold hold, long begin, List<OrderedHold> alive, OrderedHold? last)
    {
        var late = alive.Where(other => other.Ends.Last() > hold.SeenAt);
        var others = string.Join(", ", last is null ? late : late.Append(last).Distinct());
        return string.Create(
            CultureInfo.InvariantCulture, $"{hold} had to begin at {Clock.Seconds(begin):0.000000} s, after it was seen at {Clock.Seconds(hold.SeenAt):0.000000} s; before it: {others}");
    }
}
