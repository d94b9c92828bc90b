using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// One pass over all lock records: reads each, and has those looked at that nobody seems to use any more. A look makes an activation, which
/// forgets the key after its silence as any other does: there is one path only that deletes.
/// </summary>
internal sealed class TidyPass(
    ILockStoreProvider stores, Func<LockSpace, string, Task> lookAsync, TimeSpan forgetAfter, TimeProvider timeProvider)
{
    /// <summary>Records that are read at a time.</summary>
    private const int BatchSize = 64;

    private readonly TidyPace _pace = new();
    private readonly long _startedAt = timeProvider.GetTimestamp();

    /// <summary>What was found so far.</summary>
    public TidyReport Report { get; private set; } = new() { IsRunning = true, ForgetAfter = forgetAfter };

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await TidyAsync(LockSpace.Lock, cancellationToken);
        await TidyAsync(LockSpace.Session, cancellationToken);
        Report = Report with { IsRunning = false };
    }

    private async Task TidyAsync(LockSpace space, CancellationToken cancellationToken)
    {
        var batch = new List<string>(BatchSize);
        await foreach (var key in stores.ListAsync(space, cancellationToken: cancellationToken))
        {
            batch.Add(key);
            if (batch.Count < BatchSize)
                continue;
            await TidyAsync(space, batch, cancellationToken);
            batch.Clear();
        }

        await TidyAsync(space, batch, cancellationToken);
    }

    private async Task TidyAsync(LockSpace space, List<string> keys, CancellationToken cancellationToken)
    {
        var beganAt = timeProvider.GetTimestamp();
        var leftBehind = (await Task.WhenAll(keys.Select(key => FindAsync(space, key, cancellationToken)))).OfType<string>().ToArray();
        var looks = await Task.WhenAll(leftBehind.Select(key => LookAsync(space, key)));
        Report = Report with { LeftBehind = Report.LeftBehind + looks.Length, Elapsed = timeProvider.GetElapsedTime(_startedAt) };
        var meanLook = TimeSpan.FromTicks((long)looks.Select(look => look.Ticks).DefaultIfEmpty().Average());
        var left = _pace.Next(keys.Count, looks.Length, meanLook) - timeProvider.GetElapsedTime(beganAt);
        if (left > TimeSpan.Zero)
            await Task.Delay(left, timeProvider, cancellationToken);
    }

    /// <summary>The key, if its record was left behind.</summary>
    private async Task<string?> FindAsync(LockSpace space, string key, CancellationToken cancellationToken)
    {
        var stored = await stores.Open(space, key).LoadAsync(RecordName.Lock, cancellationToken);
        if (stored.Data.IsEmpty)
            return null;
        var isLeftBehind = false;
        try
        {
            isLeftBehind = RecordCodec.DecodeLock(stored.Data).IsLeftBehind(timeProvider.GetUtcNow().ToUnixTimeMilliseconds(), forgetAfter);
        }
        catch (RecordFormatException)
        {
            Report = Report with { Records = Report.Records + 1, Unreadable = Report.Unreadable + 1 };
            return null;
        }

        Report = Report with { Records = Report.Records + 1, InUse = Report.InUse + (isLeftBehind ? 0 : 1) };
        return isLeftBehind ? key : null;
    }

    private async Task<TimeSpan> LookAsync(LockSpace space, string key)
    {
        var beganAt = timeProvider.GetTimestamp();
        await lookAsync(space, key);
        return timeProvider.GetElapsedTime(beganAt);
    }
}
