namespace LockGrains.Simulation;

/// <summary>
/// Looks for an order of the holds of one key that explains what clients saw. It takes them by their tokens. Each begins as early as it fits, when all
/// before it have given back what they could by then. An earlier end never hurts, so if this finds no order there is none.
/// </summary>
internal sealed class OrderSearch
{
    private readonly ReferenceLock _reference = new();
    private readonly List<Placed> _placed = [];
    private long _at;

    /// <summary>Places the next one.</summary>
    /// <returns>Why it has no place; null when it has one.</returns>
    public string? Place(SeenHold next)
    {
        var lease = next.First.Lease;
        var own = _placed.Find(placed => placed.Lease == lease);
        var at = Math.Max(Math.Max(_at, next.SentAt), own?.AskedAt ?? 0);
        GiveBackUntil(at);
        while (_reference.FindProblem(next.First) is { } problem)
        {
            var soonest = _placed.Where(placed => placed != own).Select(placed => placed.NextAt).DefaultIfEmpty(long.MaxValue).Min();
            if (soonest > next.SeenAt)
                return soonest == long.MaxValue ? problem : $"{problem}, which was asked for until {soonest}, after it was seen at {next.SeenAt}";
            at = soonest;
            GiveBackUntil(at);
        }

        if (at > next.SeenAt)
            return $"it had to begin at {at}, after it was seen at {next.SeenAt}";
        _at = at;
        _placed.RemoveAll(placed => placed == own);
        var now = new Placed(next, at);
        _placed.Add(now);
        return _reference.Grant(next.First) ?? now.FindProblem();
    }

    private void GiveBackUntil(long at)
    {
        foreach (var placed in _placed.ToArray())
        {
            placed.GiveBackUntil(at, _reference);
            if (placed.IsOver)
                _placed.Remove(placed);
        }
    }

    /// <summary>One that has begun, and when at the earliest it gives back each part and ends.</summary>
    private sealed class Placed
    {
        private readonly SeenHold _hold;
        private readonly Queue<(long At, HoldFacts? Left)> _steps = new();

        public Placed(SeenHold hold, long at)
        {
            _hold = hold;
            var (before, askedAt) = (hold.Parts[0], hold.Parts[0].AskedAt);
            foreach (var part in hold.Parts.Skip(1))
            {
                at = Math.Max(Math.Max(at, askedAt), hold.FindSentAt(before, part));
                (before, askedAt) = (part, Math.Max(askedAt, part.AskedAt));
                _steps.Enqueue((at, part));
            }

            if (!hold.GoesOn)
                _steps.Enqueue((Math.Max(at, hold.AskedAt), null));
        }

        public Guid Lease => _hold.First.Lease;

        public long AskedAt => _hold.AskedAt;

        public bool IsOver => !_hold.GoesOn && _steps.Count == 0;

        public long NextAt => _steps.TryPeek(out var step) ? step.At : long.MaxValue;

        /// <summary>What was seen of it too early, or is no part of what it was.</summary>
        public string? FindProblem()
        {
            var before = _hold.First;
            foreach (var (at, left) in _steps)
            {
                if (left is null)
                    return _hold.EndSeenAt >= 0 && at > _hold.EndSeenAt ? "it had to go on after it was seen to be over" : null;
                if (!ReferenceLock.IsPart(left.Share, before))
                    return $"it became {left.Share}, which is no part of {before}";
                if (at > left.SeenAt)
                    return $"it became {left.Share} at {at}, after that was seen at {left.SeenAt}";
                before = left.Share;
            }

            return null;
        }

        public void GiveBackUntil(long at, ReferenceLock reference)
        {
            while (_steps.TryPeek(out var step) && step.At <= at)
            {
                _steps.Dequeue();
                var problem = step.Left is null ? reference.End(Lease) : reference.Reduce(step.Left.Share);
                if (problem is not null)
                    throw new InvalidOperationException($"The judge is wrong: {problem}.");
            }
        }
    }
}
