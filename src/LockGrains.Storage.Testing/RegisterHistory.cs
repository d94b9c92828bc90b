namespace LockGrains.Storage.Testing;

/// <summary>
/// What was done to one record, and whether it can have been done one after the other. Every ETag stands for one write, so the writes form
/// chains: each begins with a create and ends with a deletion, or goes on. What was read narrows when a write can have happened; then
/// each is put at the earliest time that is left for it.
/// </summary>
internal sealed class RegisterHistory
{
    private readonly Lock _gate = new();
    private readonly List<Write> _writes = [];
    private readonly List<(long Start, long End, string? ETag, string Content)> _reads = [];
    private readonly List<(long Start, long End, string? ETag)> _refusals = [];
    private long _time;

    public int Count => _writes.Count + _reads.Count + _refusals.Count;

    /// <summary>The time, which is one operation's alone.</summary>
    public long Now() => Interlocked.Increment(ref _time);

    /// <summary>A write that was done: of a record in place of one, of a new one, or of none (a deletion).</summary>
    public void AddWrite(long start, string? before, string? after, string content)
    {
        lock (_gate)
            _writes.Add(new Write { Start = start, End = Now(), Before = before, After = after, Content = content });
    }

    public void AddRead(long start, string? etag, string content)
    {
        lock (_gate)
            _reads.Add((start, Now(), etag, content));
    }

    /// <summary>A write that was refused because its ETag was not there.</summary>
    public void AddRefusal(long start, string? etag)
    {
        lock (_gate)
            _refusals.Add((start, Now(), etag));
    }

    /// <summary>Why no order explains it; null when one does.</summary>
    public string? FindProblem()
    {
        var makers = new Dictionary<string, Write>(StringComparer.Ordinal);
        var enders = new Dictionary<string, Write>(StringComparer.Ordinal);
        foreach (var write in _writes)
        {
            if (write.After is not null && !makers.TryAdd(write.After, write))
                return $"the ETag '{write.After}' was given by two writes.";
            if (write.Before is not null && !enders.TryAdd(write.Before, write))
                return $"two operations replaced or deleted the ETag '{write.Before}'.";
        }

        return FindUnknown(makers) ?? Narrow(makers, enders) ?? FindOrder(enders);
    }

    private string? FindUnknown(Dictionary<string, Write> makers)
    {
        foreach (var write in _writes)
        {
            if (write.Before is not null && !makers.ContainsKey(write.Before))
                return $"the ETag '{write.Before}' was replaced, and no write gave it.";
        }

        foreach (var (_, _, etag, content) in _reads)
        {
            if (etag is null)
                continue;
            if (!makers.TryGetValue(etag, out var maker))
                return $"the ETag '{etag}' was read, and no write gave it.";
            if (maker.Content != content)
                return $"'{content}' was read under the ETag of the write of '{maker.Content}'.";
        }

        return null;
    }

    // Who read an ETag saw it between the write that gave it and the one that took its place. Who was refused with one that it had been
    // told came after that one was replaced.
    private string? Narrow(Dictionary<string, Write> makers, Dictionary<string, Write> enders)
    {
        foreach (var (start, end, etag, _) in _reads)
        {
            if (etag is null)
                continue;
            makers[etag].End = Math.Min(makers[etag].End, end);
            if (enders.TryGetValue(etag, out var ender))
                ender.Start = Math.Max(ender.Start, start);
        }

        foreach (var (_, end, etag) in _refusals)
        {
            if (etag is null)
                continue;
            if (!enders.TryGetValue(etag, out var ender))
                return $"an operation with the ETag '{etag}' was refused, and nothing had replaced it.";
            ender.End = Math.Min(ender.End, end);
        }

        return null;
    }

    private string? FindOrder(Dictionary<string, Write> enders)
    {
        var lives = _writes.Where(write => write.Before is null).Select(create => new Life(create, enders)).ToList();
        if (lives.Count(life => !life.IsEnded) > 1)
            return "a record was created while another one was there.";
        var ordered = new List<Life>();
        var time = 0L;
        while (lives.Count > 0)
        {
            var next = FindNext(lives);
            if (!next.Place(ref time))
                return $"no order explains the writes from '{next.Create.Content}' on: one was over before the one that it followed had begun.";
            lives.Remove(next);
            ordered.Add(next);
        }

        return FindAbsence(ordered);
    }

    // One that can be over before any other must have begun; and the one that is not over comes last.
    private static Life FindNext(List<Life> lives)
    {
        if (lives.Count == 1)
            return lives[0];
        var earliest = lives.MinBy(life => life.FirstEnd)!;
        var second = lives.Where(life => life != earliest).Min(life => life.FirstEnd);
        var ended = lives.Where(life => life.IsEnded).ToList();
        return ended.Find(life => life.LastStart <= (life == earliest ? second : earliest.FirstEnd)) ?? ended.MinBy(life => life.LastStart)!;
    }

    // Who found no record, or could not create one, must have looked while there was none, or was one.
    private string? FindAbsence(List<Life> lives)
    {
        foreach (var (start, end, etag, _) in _reads)
        {
            if (etag is null && !Gaps(lives).Any(gap => gap.From <= end && gap.To >= start))
                return "no record was found at a time when there was one.";
        }

        foreach (var (start, end, etag) in _refusals)
        {
            if (etag is null && !lives.Exists(life => life.Create.Start <= end && life.MayLastUntil >= start))
                return "a create was refused at a time when there was no record.";
        }

        return null;
    }

    private static IEnumerable<(long From, long To)> Gaps(List<Life> lives)
    {
        var from = 0L;
        foreach (var life in lives)
        {
            yield return (from, life.Create.End);
            from = life.MayEndAt;
        }

        if (lives is [] or [.., { IsEnded: true }])
            yield return (from, long.MaxValue);
    }

    private sealed class Write
    {
        /// <summary>It cannot have happened before.</summary>
        public required long Start { get; set; }

        /// <summary>It cannot have happened later.</summary>
        public required long End { get; set; }

        public required string? Before { get; init; }

        public required string? After { get; init; }

        public required string Content { get; init; }
    }

    /// <summary>The writes of a record from its create to its deletion.</summary>
    private sealed class Life
    {
        private readonly List<Write> _writes = [];

        public Life(Write create, Dictionary<string, Write> enders)
        {
            _writes.Add(create);
            while (_writes[^1].After is { } etag && enders.TryGetValue(etag, out var next))
                _writes.Add(next);
            LastStart = _writes.Max(write => write.Start);
            FirstEnd = _writes.Min(write => write.End);
        }

        public Write Create => _writes[0];

        public bool IsEnded => _writes[^1].After is null;

        /// <summary>It cannot be over earlier.</summary>
        public long LastStart { get; }

        /// <summary>It must have begun by then.</summary>
        public long FirstEnd { get; }

        /// <summary>When it may be over at the earliest.</summary>
        public long MayEndAt => IsEnded ? _writes[^1].Start : long.MaxValue;

        /// <summary>Until when it may last.</summary>
        public long MayLastUntil => IsEnded ? _writes[^1].End : long.MaxValue;

        /// <summary>Puts each write at its earliest time; false where none is left.</summary>
        public bool Place(ref long time)
        {
            foreach (var write in _writes)
            {
                time = Math.Max(time, write.Start);
                if (time > write.End)
                    return false;
            }

            return true;
        }
    }
}
