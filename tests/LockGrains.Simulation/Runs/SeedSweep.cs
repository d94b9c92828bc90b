namespace LockGrains.Simulation;

/// <summary>Many worlds, on as many threads as asked for. Worlds share nothing, so that each runs as it would alone.</summary>
internal sealed class SeedSweep(CommandLine line, Mutation? mutation)
{
    private readonly Lock _gate = new();
    private readonly List<WorldRun> _failures = [];
    private readonly TimeProvider _time = TimeProvider.System;
    private ulong _next = line.First;
    private long _startedAt;

    public Coverage Coverage { get; } = new();

    /// <summary>The worlds in which a promise was broken, by seed.</summary>
    public IReadOnlyList<WorldRun> Failures => [.. _failures.OrderBy(run => run.Options.Seed)];

    public long Seeds { get; private set; }

    public long Events { get; private set; }

    public long Ticks { get; private set; }

    public TimeSpan Elapsed { get; private set; }

    public int Threads => line.Parallel ?? 1;

    public void Run()
    {
        _startedAt = _time.GetTimestamp();
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(RunSome)).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Elapsed = _time.GetElapsedTime(_startedAt);
    }

    private void RunSome()
    {
        while (TryTake(out var seed))
        {
            var run = WorldRun.Of(line.OptionsOf(seed), mutation);
            lock (_gate)
                Count(run);
        }
    }

    private bool TryTake(out ulong seed)
    {
        lock (_gate)
        {
            seed = _next;
            var isMore = line.Minutes is { } minutes
                ? _time.GetElapsedTime(_startedAt).TotalMinutes < minutes
                : _next < line.First + (ulong)line.Seeds;

            // Of a mutant one failing world is enough.
            isMore &= mutation is null || _failures.Count == 0;
            if (isMore)
                _next++;
            return isMore;
        }
    }

    private void Count(WorldRun run)
    {
        Seeds++;
        Events += run.Events;
        Ticks += run.Ticks;
        Coverage.Add(run.Coverage);
        if (run.Violation is not null)
            _failures.Add(run);
    }
}
