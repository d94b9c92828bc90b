using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>A holder learns by its renewals that somebody waits, so that long work can make way.</summary>
public sealed class WaitedForTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Renewal_SomebodyWaits_IsTold()
    {
        await using var handle = await _test.AcquireAsync();
        var token = handle.WaitedForToken;
        _test.Grain.Renew.Reply(Replies.Renewed(), Replies.Renewed() with { Waiters = 2 }, Replies.Renewed() with { Waiters = 1 });
        await RenewAsync();
        Assert.Equal((false, 0), (token.IsCancellationRequested, handle.Waiters));

        await RenewAsync();
        Assert.Equal((true, 2), (token.IsCancellationRequested, handle.Waiters));
        Assert.False(handle.AtRiskToken.IsCancellationRequested);

        await RenewAsync();
        Assert.Equal((true, 1), (token.IsCancellationRequested, handle.Waiters));
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task Token_AskedForAfterwards_IsCancelledAlready()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.Renew.Reply(Replies.Renewed() with { Waiters = 1 });
        await RenewAsync();

        Assert.True(handle.WaitedForToken.IsCancellationRequested);
        Assert.True(handle.Reenter().WaitedForToken.IsCancellationRequested);
    }

    private async Task RenewAsync()
    {
        await _test.AdvanceToTimerAsync(TestClient.Third);
        await _test.WhenRenewalArmedAsync();
    }
}
