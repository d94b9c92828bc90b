using System.Collections.Concurrent;

namespace LockGrains.Cluster.Tests;

/// <summary>When workers were at work under one lock, all by one clock; says whether two ever were at the same time.</summary>
internal sealed class WorkLog
{
    private readonly ConcurrentQueue<Work> _works = new();

    public IReadOnlyCollection<Work> Works => _works;

    public Work Begin(string worker, long token)
    {
        var work = new Work(worker, token, TimeProvider.System.GetTimestamp());
        _works.Enqueue(work);
        return work;
    }

    /// <summary>Every pair that overlaps, in words.</summary>
    public IReadOnlyList<string> FindOverlaps()
    {
        var works = _works.OrderBy(work => work.BeganAt).ToArray();
        return [.. works.Zip(works.Skip(1))
            .Where(pair => pair.First.EndedAt > pair.Second.BeganAt)
            .Select(pair => $"{pair.First.Worker} was at work for {TimeProvider.System.GetElapsedTime(pair.Second.BeganAt, pair.First.EndedAt).TotalMilliseconds:0} ms beside {pair.Second.Worker}")];
    }

    internal sealed class Work(string worker, long token, long beganAt)
    {
        private long _endedAt = long.MaxValue;

        public string Worker => worker;

        public long Token => token;

        public long BeganAt => beganAt;

        public long EndedAt => Volatile.Read(ref _endedAt);

        /// <summary>The first call counts.</summary>
        public void End() => Interlocked.CompareExchange(ref _endedAt, TimeProvider.System.GetTimestamp(), long.MaxValue);
    }
}
