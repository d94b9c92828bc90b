namespace LockGrains.Docs.Tests.Examples;

public interface ILedgerGrain : IGrainWithStringKey
{
    Task PostAsync(string entry);
}

/// <summary>A grain that guards another system, which several grains write to, with a lock; the token is checked there.</summary>
internal sealed class LedgerGrain(ILockClient locks, IReportStore ledger) : Grain, ILedgerGrain
{
    public async Task PostAsync(string entry)
    {
        await using var handle = await locks.AcquireAsync("ledger", wait: TimeSpan.FromSeconds(10));
        await ledger.SaveAsync(entry, handle.FencingToken, handle.HandleLostToken);
    }
}
