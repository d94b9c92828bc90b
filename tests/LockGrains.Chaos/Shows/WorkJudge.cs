namespace LockGrains.Chaos;

/// <summary>
/// Looks whether two were at work at a time. The fence is the file's: an entry with a smaller token than one before it is void. Such an entry is
/// also <em>late</em> when it was begun after the next leader had begun: only a process that was paused can be excused for that.
/// </summary>
internal sealed class WorkJudge
{
    private readonly List<WorkSpan> _spans = [];
    private readonly List<string> _broken = [];
    private readonly List<WorkEntry> _late = [];

    /// <summary>The leaderships that did work, in the order of their tokens.</summary>
    public IReadOnlyList<WorkSpan> Spans => _spans;

    /// <summary>What must never be, whatever happened to the processes.</summary>
    public IReadOnlyList<string> Broken => _broken;

    /// <summary>How many entries the fence made void.</summary>
    public int Void { get; private set; }

    /// <summary>Those of them that were begun while somebody else was at work.</summary>
    public IReadOnlyList<WorkEntry> Late => _late;

    public void Hear(WorkEntry entry)
    {
        var index = _spans.FindIndex(span => span.Token >= entry.Token);
        if (index < 0)
        {
            // The next leader. It may have begun no sooner than the last entry of the one before was.
            if (_spans is [.., var last] && entry.At < last.EndedAt)
                _broken.Add($"{entry.Name} began token {entry.Token} {Clock.Seconds(last.EndedAt - entry.At):0.000} s before {last.Name} ended token {last.Token}");
            _spans.Add(new WorkSpan(entry.Token, entry.Name, entry.At));
            return;
        }

        var span = _spans[index];
        if (span.Token == entry.Token && span.Name != entry.Name)
            _broken.Add($"token {entry.Token} is {span.Name}'s and {entry.Name}'s");
        if (span.Token == entry.Token && index == _spans.Count - 1)
        {
            span.EndedAt = Math.Max(span.EndedAt, entry.At);
            return;
        }

        Void++;
        var next = span.Token == entry.Token ? _spans[index + 1] : span;
        if (entry.At > next.BeganAt)
            _late.Add(entry);
    }
}
