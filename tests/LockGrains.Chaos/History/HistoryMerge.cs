namespace LockGrains.Chaos;

/// <summary>
/// Puts the histories of all processes into one, in the order of time. A line comes out once no process can write an older one any more: a
/// process that is paused holds everything up until it goes on or ends.
/// </summary>
internal sealed class HistoryMerge
{
    private readonly Lock _gate = new();
    private readonly List<Source> _sources = [];

    public Source Add(string name)
    {
        var source = new Source(name);
        lock (_gate)
            _sources.Add(source);
        return source;
    }

    public void Feed(Source source, HistoryLine line)
    {
        lock (_gate)
        {
            source.Last = line.At;
            if (line.What != Happening.Beat)
                source.Lines.Enqueue(line);
        }
    }

    /// <summary>The process has ended: nothing more will come from it.</summary>
    public void Close(Source source)
    {
        lock (_gate)
            source.Last = long.MaxValue;
    }

    /// <summary>Takes out what is ready, oldest first.</summary>
    public List<(string Source, HistoryLine Line)> Drain()
    {
        var ready = new List<(string, HistoryLine)>();
        lock (_gate)
        {
            var until = _sources.Count == 0 ? long.MaxValue : _sources.Min(source => source.Last);
            var heads = new PriorityQueue<Source, long>();
            foreach (var source in _sources.Where(source => source.Lines.Count > 0))
                heads.Enqueue(source, source.Lines.Peek().At);
            while (heads.TryDequeue(out var source, out var at) && at <= until)
            {
                ready.Add((source.Name, source.Lines.Dequeue()));
                if (source.Lines.Count > 0)
                    heads.Enqueue(source, source.Lines.Peek().At);
            }

            _sources.RemoveAll(source => source.Last == long.MaxValue && source.Lines.Count == 0);
        }

        return ready;
    }

    /// <summary>One process's history, as far as it has not come out.</summary>
    internal sealed class Source(string name)
    {
        public string Name => name;

        public Queue<HistoryLine> Lines { get; } = [];

        /// <summary>The time of its last line.</summary>
        public long Last { get; set; }
    }
}
