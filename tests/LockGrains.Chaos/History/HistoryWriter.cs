namespace LockGrains.Chaos;

/// <summary>Tells a process's history. The time is taken under the same lock as the line is written, so lines are in order.</summary>
internal sealed class HistoryWriter(Action<string> tell)
{
    private static readonly TimeSpan BeatPeriod = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private int _attempts;

    /// <summary>One that writes to this process's standard output.</summary>
    public static HistoryWriter OnConsole() => new(line =>
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    });

    public int NextAttempt() => Interlocked.Increment(ref _attempts);

    public void Write(HistoryLine line)
    {
        lock (_gate)
        {
            tell((line with { At = Clock.Now }).ToJson());
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
