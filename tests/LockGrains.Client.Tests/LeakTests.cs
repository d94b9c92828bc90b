using System.Runtime.CompilerServices;
using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>A handle that the program has forgotten must not hold its lock for ever.</summary>
public sealed class LeakTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Handle_Forgotten_IsNotRenewedAndTellsItsLoss()
    {
        var lost = await AcquireAndForgetAsync();
        Garbage.Collect();
        _test.Time.Advance(TestClient.Third);
        Assert.Contains(TestClient.Key, await _test.Log.WhenLoggedAsync(8), StringComparison.Ordinal);
        Assert.False(lost.IsCancellationRequested);
        _test.Time.Advance(TestClient.Guaranteed - TestClient.Third);

        Assert.True(lost.IsCancellationRequested);
        Assert.Empty(_test.Grain.Renew.Calls);
        Assert.Empty(_test.Grain.Release.Calls);
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task Handle_ReferredTo_IsRenewed()
    {
        var handle = await _test.AcquireAsync();
        Garbage.Collect();
        _test.Time.Advance(TestClient.Third);

        await _test.WhenRenewalArmedAsync();
        Assert.Single(_test.Grain.Renew.Calls);
        GC.KeepAlive(handle);
    }

    [Fact]
    public async Task Handle_ReferredToByItsProgressCallback_IsForgottenAllTheSame()
    {
        await AcquireWithKnottedProgressAsync();
        Garbage.Collect();
        _test.Time.Advance(TestClient.Third);

        await _test.Log.WhenLoggedAsync(8);
        Assert.Empty(_test.Grain.Renew.Calls);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<CancellationToken> AcquireAndForgetAsync() => (await _test.AcquireAsync()).HandleLostToken;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task AcquireWithKnottedProgressAsync()
    {
        var knot = new Knot();
        knot.Handle = await _test.AcquireAsync(new AcquireOptions { Progress = knot });
    }

    private sealed class Knot : IProgress<WaitProgress>
    {
        public LockHandle? Handle { get; set; }

        public void Report(WaitProgress value)
        {
        }
    }
}
