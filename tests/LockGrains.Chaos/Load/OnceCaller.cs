using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>Asks again and again for work that is to run once per cluster and edition. All processes count editions by one clock.</summary>
internal sealed class OnceCaller(string worker, ILockClient locks, ResourceClient resource, HistoryWriter history, Random random)
{
    private const int OlderMax = 3;

    private static readonly long EditionLasts = Clock.Nanoseconds(TimeSpan.FromSeconds(4));
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TurnDraw _draw = new(random);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            // One in five comes late, with an edition that others have superseded.
            var edition = (Clock.Now / EditionLasts) - (random.NextDouble() < 0.2 ? random.Next(1, OlderMax + 1) : 0);
            await AskAsync(edition, cancellationToken);
            await Clock.DelayAsync(TimeSpan.FromMilliseconds(random.Next(300, 1500)), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AskAsync(long edition, CancellationToken cancellationToken)
    {
        var turn = _draw.RunOnce();
        var line = new HistoryLine { Attempt = history.NextAttempt(), Key = turn.Key, Edition = edition };
        var options = new RunOnceOptions
        {
            Edition = edition.ToString(CultureInfo.InvariantCulture),
            Wait = Patience,
            Acquire = new AcquireOptions { OwnerId = worker, Lease = Worker.Lease },
        };
        var isGranted = false;
        history.Write(line with { What = Happening.Asked });
        try
        {
            var result = await locks.RunOnceAsync(turn.Key, WorkAsync, options, cancellationToken);
            if (result.Last is { } last)
                history.Write(line with { What = Happening.OnceTold, Edition = long.Parse(last.Edition, CultureInfo.InvariantCulture), Token = last.FencingToken, Detail = last.Outcome });
            history.Write(line with { What = isGranted ? Happening.Released : Happening.Denied });
        }
        catch (OperationCanceledException)
        {
            history.Write(line with { What = Happening.Denied, Detail = "cancelled" });
        }
        catch (Exception exception)
        {
            history.Write(line with { What = Happening.Failed, Detail = exception.GetType().Name });
        }

        async Task<string> WorkAsync(LockHandle handle, CancellationToken stop)
        {
            var held = new HeldLock(worker, turn, line.Attempt, handle, resource, history);
            held.TellGranted();
            isGranted = true;
            history.Write(line with { What = Happening.OnceBegan, Token = handle.FencingToken, Until = held.Until() });
            try
            {
                await held.WorkAsync(stop);
                return $"{worker}/{line.Attempt}";
            }
            finally
            {
                history.Write(held.Releasing);
            }
        }
    }
}
