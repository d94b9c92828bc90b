namespace LockGrains.Chaos;

/// <summary>Writes a process's history to its standard output. The time is taken under the same lock as the line is written, so lines are in order.</summary>
internal sealed class HistoryWriter(TextWriter output)
{
    private static readonly TimeSpan BeatPeriod = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private int _attempts;

    public int NextAttempt() => Interlocked.Increment(ref _attempts);

    public void Write(HistoryLine line)
    {
        lock (_gate)
        {
            output.WriteLine((line with { At = Clock.Now }).ToJson());
            output.Flush();
        }
    }

    /// <summary>Writes beats, so that whoever merges histories knows that nothing older will come.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Write(new HistoryLine());
            await Clock.DelayAsync(BeatPeriod, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
