namespace LockGrains.Chaos;

/// <summary>Deals faults in rounds: each kind once in a round, shuffled; one with a share below 1 only in some rounds, but in the first one.</summary>
internal sealed class FaultOrder(IReadOnlyList<Fault> kinds, Random random)
{
    private readonly Queue<Fault> _round = [];
    private int _rounds;

    public Fault Next()
    {
        if (_round.Count == 0)
        {
            var dealt = kinds.Where(kind => _rounds == 0 || random.NextDouble() < kind.Share).ToArray();
            if (dealt.Length == 0)
                dealt = [.. kinds];
            random.Shuffle(dealt);
            foreach (var kind in dealt)
                _round.Enqueue(kind);
            _rounds++;
        }

        return FaultCatalogue.MakeAnew(_round.Dequeue());
    }
}
