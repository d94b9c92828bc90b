namespace LockGrains.Cluster.Tests;

/// <summary>What the lock protects: a system of its own, which knows of locks only that their tokens grow.</summary>
public interface ILedger
{
    Task<decimal> ReadAsync(string account, long fencingToken, CancellationToken cancellationToken);

    /// <exception cref="OutdatedTokenException">A larger token was seen before.</exception>
    Task WriteAsync(string account, decimal balance, long fencingToken, CancellationToken cancellationToken);
}

/// <summary>Somebody who holds an older token came too late.</summary>
public sealed class OutdatedTokenException(string message) : Exception(message);

/// <summary>A ledger that remembers the largest token of each account, and accepts none below.</summary>
public sealed class FencedLedger : ILedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (decimal Balance, long Token)> _accounts = [];

    public Task<decimal> ReadAsync(string account, long fencingToken, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock) return Task.FromResult(Check(account, fencingToken));
    }

    public Task WriteAsync(string account, decimal balance, long fencingToken, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            Check(account, fencingToken);
            _accounts[account] = (balance, fencingToken);
        }

        return Task.CompletedTask;
    }

    private decimal Check(string account, long fencingToken)
    {
        var (balance, token) = _accounts.GetValueOrDefault(account);
        if (fencingToken < token)
            throw new OutdatedTokenException($"The token {fencingToken} is outdated: {token} was seen.");
        _accounts[account] = (balance, fencingToken);
        return balance;
    }
}
