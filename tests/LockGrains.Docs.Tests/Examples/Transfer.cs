namespace LockGrains.Docs.Tests.Examples;

/// <summary>Amounts that locks protect: each takes the token of its key with every write.</summary>
internal sealed class Accounts
{
    private readonly Dictionary<string, (decimal Balance, long Token)> _accounts = [];

    public decimal Total => _accounts.Values.Sum(account => account.Balance);

    public decimal Read(string key) => _accounts.GetValueOrDefault(key).Balance;

    public void Write(string key, decimal balance, long token)
    {
        if (token < _accounts.GetValueOrDefault(key).Token)
            throw new InvalidOperationException($"Token {token} of {key} is from a hold that is over.");
        _accounts[key] = (balance, token);
    }
}

internal sealed class Transfer(ILockClient locks, Accounts accounts)
{
    public async Task MoveAsync(string from, string to, decimal amount)
    {
        await using var both = await locks.AcquireAllAsync([from, to], wait: TimeSpan.FromMinutes(1));
        var (source, target) = (accounts.Read(from), accounts.Read(to));
        await Task.Yield(); // others run here
        both.ThrowIfLost();
        accounts.Write(from, source - amount, both.TokenOf(from));
        accounts.Write(to, target + amount, both.TokenOf(to));
    }
}

internal sealed class Bookings(ILockClient locks, Accounts accounts)
{
    public async Task BookAllAsync(IReadOnlyList<decimal> amounts)
    {
        await using var ledger = await locks.AcquireAsync("ledger");
        foreach (var amount in amounts)
            await BookAsync(ledger, amount);
    }

    public async Task BookAsync(LockHandle ledger, decimal amount)
    {
        await using var mine = ledger.Reenter(); // held until this method is done, whatever its caller does
        await Task.Yield();
        accounts.Write("ledger", accounts.Read("ledger") + amount, mine.FencingToken);
    }
}

internal sealed class NightlyClosing(ILockClient locks, Accounts accounts)
{
    public Task<decimal> CloseAsync(CancellationToken stop) => locks.RunAsync("ledger", async (handle, end) =>
    {
        await Task.Yield(); // others run here
        end.ThrowIfCancellationRequested(); // it stops when the lock is at risk, and when it is told to
        var balance = accounts.Read("ledger");
        accounts.Write("ledger", 0, handle.FencingToken);
        return balance;
    }, cancellationToken: stop);
}
