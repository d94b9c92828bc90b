using LockGrains.Testing;
using Xunit;

namespace LockGrains.Docs.Tests.Examples;

public sealed class TransferExampleTests
{
    private readonly Accounts _accounts = new();

    [Fact]
    public async Task Transfers_BothWaysAtOnce_AllEndAndLoseNothing()
    {
        await using var locks = new InMemoryLocks();
        _accounts.Write("accounts/1", 100, token: 0);
        _accounts.Write("accounts/2", 100, token: 0);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(index => new Transfer(locks.CreateClient(), _accounts).MoveAsync(
            index % 2 == 0 ? "accounts/1" : "accounts/2", index % 2 == 0 ? "accounts/2" : "accounts/1", amount: index)));

        Assert.Equal(200, _accounts.Total);
        Assert.Equal(110, _accounts.Read("accounts/1"));
    }

    [Fact]
    public async Task Bookings_UnderOneHold_AreAllThere()
    {
        await using var locks = new InMemoryLocks();
        await new Bookings(locks.CreateClient(), _accounts).BookAllAsync([1, 2, 3]);

        Assert.Equal(6, _accounts.Read("ledger"));
        Assert.Equal(6, await new NightlyClosing(locks.CreateClient(), _accounts).CloseAsync(CancellationToken.None));
        Assert.Equal(0, _accounts.Read("ledger"));
    }
}
