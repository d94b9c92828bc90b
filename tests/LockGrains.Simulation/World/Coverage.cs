namespace LockGrains.Simulation;

/// <summary>How often each happened.</summary>
internal sealed class Coverage
{
    private readonly long[] _counts = new long[Enum.GetValues<Mark>().Length];

    public long this[Mark mark] => _counts[(int)mark];

    public void Add(Mark mark) => _counts[(int)mark]++;

    public void Add(Coverage other)
    {
        for (var index = 0; index < _counts.Length; index++)
            _counts[index] += other._counts[index];
    }

    public IEnumerable<Mark> Never() => Enum.GetValues<Mark>().Where(mark => this[mark] == 0);
}
