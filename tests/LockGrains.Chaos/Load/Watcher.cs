namespace LockGrains.Chaos;

/// <summary>Watches one key, and writes down each state that it is told, and again and again that it was told no other one since.</summary>
internal sealed class Watcher(ILockClient locks, HistoryWriter history)
{
    private static readonly TimeSpan RemindPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public async Task WatchAsync(string key, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var line = new HistoryLine { Attempt = history.NextAttempt(), Key = key };
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var reminding = RemindAsync(line, ended.Token);
            try
            {
                await foreach (var info in locks.WatchAsync(key, ended.Token))
                {
                    if (info.Known)
                        history.Write(Describe(line, info));
                }
            }
            catch (OperationCanceledException)
            {
                // The process ends.
            }
            catch (Exception exception)
            {
                history.Write(line with { What = Happening.Failed, Detail = exception.GetType().Name });
            }

            await ended.CancelAsync();
            await reminding;
            await Clock.DelayAsync(Pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static HistoryLine Describe(HistoryLine line, LockInfo info) => line with
    {
        What = Happening.Saw,
        Token = info.LastFencingToken,
        Holders = [.. info.Holders.Select(holder => holder.FencingToken)],
        Detail = info.Value?.Text,
    };

    private async Task RemindAsync(HistoryLine line, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            await Clock.DelayAsync(RemindPeriod, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            history.Write(line with { What = Happening.Watching });
        }
    }
}
