using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>A handle that nobody has, in a process so idle that its garbage collector never runs by itself.</summary>
public sealed class IdleLeakTests
{
    private readonly TestClient _test;
    private int _collections;
    private int _forced;
    private LockHandle? _last;

    public IdleLeakTests() => _test = new TestClient(leaks: new LeakWatch(() => _collections, () =>
    {
        _forced++;
        _collections++;
        _last = null;
        GC.Collect();
    }));

    [Fact]
    public async Task Acquire_AwaiterGaveUpBeforeTheGrant_IsNotRenewedForEver()
    {
        var granted = _test.Grain.Acquire.Hang();
        await GiveUpAsync();
        granted.SetResult(Replies.Granted());
        await RenewUntilAsync(LeakWatch.FirstLook + TestClient.Third);

        // Other tests of the process may have it collected before anybody asks for that.
        Assert.Contains(TestClient.Key, await _test.Log.WhenLoggedAsync(8), StringComparison.Ordinal);
        Assert.InRange(_forced, 0, 1);
        var renewals = _test.Grain.Renew.Calls.Count;
        _test.Time.Advance(TestClient.Guaranteed);
        await _test.Time.WhenTimersAtMostAsync(0);
        Assert.Equal(renewals, _test.Grain.Renew.Calls.Count);
        Assert.Equal(0, _test.Client.LiveHandles);
    }

    [Fact]
    public async Task Acquire_ValueTaskThatNobodyAwaits_IsNotRenewedForEver()
    {
        _test.Grain.Acquire.Reply(Replies.Granted());
        DropTheTask();
        await RenewUntilAsync(LeakWatch.FirstLook + TestClient.Third);

        await _test.Log.WhenLoggedAsync(8);
        Assert.InRange(_forced, 0, 1);
    }

    [Fact]
    public async Task Handle_ForgottenInAnIdleProcess_IsFoundByTheCollectionThatIsAskedFor()
    {
        // Referred to until then, so that no other collection can find it.
        await AcquireLastAsync();
        await RenewUntilAsync(LeakWatch.FirstLook + TestClient.Third);

        await _test.Log.WhenLoggedAsync(8);
        Assert.Equal(1, _forced);
    }

    [Fact]
    public async Task Handle_ReferredToForHours_IsRenewedAndCostsAFewCollections()
    {
        var handle = await _test.AcquireAsync();
        await RenewUntilAsync(TimeSpan.FromHours(3));

        // After 2, 7, 14, 28, 56 and 112 min, or soon after, and then each hour.
        Assert.InRange(_forced, 5, 8);
        handle.ThrowIfLost();
        GC.KeepAlive(handle);
    }

    [Fact]
    public async Task Handle_ProcessCollectsByItself_NoCollectionIsAskedFor()
    {
        var handle = await _test.AcquireAsync();
        for (var minutes = 0; minutes < 90; minutes++)
        {
            _collections++;
            await RenewUntilAsync(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(0, _forced);
        handle.ThrowIfLost();
        GC.KeepAlive(handle);
    }

    [Fact]
    public void Looks_OfManyHandles_AskForOneCollectionTogether()
    {
        var watch = new LeakWatch(() => _collections, () => (_forced, _collections) = (_forced + 1, _collections + 1));
        var nobody = new HoldShares();
        var looks = Enumerable.Range(0, 1000).Select(_ => watch.Begin(TimeSpan.Zero)).ToArray();
        for (var seconds = 0; seconds < 600; seconds += 10)
            for (var index = 0; index < looks.Length; index++)
                watch.IsReferredTo(nobody, ref looks[index], TimeSpan.FromSeconds(seconds));

        Assert.Equal(2, _forced);
    }

    /// <summary>Goes from renewal to renewal, until so much time has passed or none comes any more.</summary>
    private async Task RenewUntilAsync(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TestClient.Third)
        {
            if (_test.Log.Entries.Any(entry => entry.Id == 8))
                return;

            await _test.WhenRenewalArmedAsync();
            _test.Time.Advance(TestClient.Third);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task AcquireLastAsync() => _last = await _test.AcquireAsync();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task GiveUpAsync()
    {
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.Grain.Acquire.WhenCalledAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => acquire.WaitAsync(TimeSpan.Zero));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    [SuppressMessage("Reliability", "CA2012", Justification = "It is what the test is about.")]
    private void DropTheTask() => _ = _test.Client.AcquireAsync(TestClient.Key);
}
