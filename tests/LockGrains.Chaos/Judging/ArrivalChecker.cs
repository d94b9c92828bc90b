using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// Looks whether grants follow the order of arrival, as far as clients can tell: who is told a place stands in the queue, before everybody who
/// asks after that. For some seconds this is certain, because no silo drops a waiter that it has just heard.
/// </summary>
internal sealed class ArrivalChecker(Action<string, string, long> fail)
{
    // A waiter is dropped 10 s after its client was last heard at the earliest; a place may be told late by some of them.
    private const long Certain = 4_000_000_000;

    // No grant is told so long after one that was decided later: its lease would be over.
    private const long Forgotten = 30_000_000_000;

    private readonly List<Grant> _grants = [];

    /// <summary>How many were granted whose place was known, so that an overtaking would have been seen.</summary>
    public long Known { get; private set; }

    public long Overtakes { get; private set; }

    public void OnGranted(ClientAttempt attempt, long token, long at)
    {
        var placedAt = attempt.PlacedAt.FirstOrDefault(placed => placed >= at - Certain, long.MaxValue);
        Known += placedAt < long.MaxValue ? 1 : 0;
        var grant = new Grant(attempt.Name, token, attempt.AskedAt, placedAt, at);
        _grants.RemoveAll(other => other.At < at - Forgotten);
        foreach (var other in _grants)
        {
            // Of two grants, either may be told first.
            Check(other, grant);
            Check(grant, other);
        }

        _grants.Add(grant);
    }

    /// <summary>Records were lost, and the queue with them.</summary>
    public void Forget() => _grants.Clear();

    private void Check(Grant waited, Grant came)
    {
        if (came.AskedAt <= waited.PlacedAt || came.Token > waited.Token)
            return;
        Overtakes++;
        fail(
            "no overtaking",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{came.Name} (token {came.Token}) asked {(came.AskedAt - waited.PlacedAt) / 1e6:0.0} ms after {waited.Name} (token {waited.Token}) was told its place, and was granted before it"),
            waited.Token);
    }

    private sealed record Grant(string Name, long Token, long AskedAt, long PlacedAt, long At);
}
