using System.Globalization;
using LockGrains.Client.Tests.Fakes;
using LockGrains.TestKit;

namespace LockGrains.Client.Tests;

/// <summary>A machine that slept: the clock has gone on, and no timer has.</summary>
public sealed class SuspendTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Handle_MachineSleptThroughTheLease_IsLostAtTheFirstLookWithoutATimer()
    {
        var handle = await _test.AcquireAsync();
        _test.Time.Suspend(TestClient.Guaranteed);

        Assert.Equal(TimeSpan.Zero, handle.Remaining);
        Assert.Equal(EndReason.Expired, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
        await handle.HandleLostToken.WhenCancelledAsync("the loss, told by that look");
        Assert.False(await handle.VerifyAsync());
        Assert.Empty(_test.Grain.Verify.Calls);
    }

    [Fact]
    public async Task Handle_MachineSleptForAPart_HasWhatIsLeft()
    {
        var handle = await _test.AcquireAsync();
        _test.Time.Suspend(TestClient.Guaranteed - TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(1), handle.Remaining);
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task Renewal_AnsweredAfterASleepThroughTheLease_DoesNotBringItBack()
    {
        var answer = _test.Grain.Renew.Hang();
        var handle = await _test.AcquireAsync();
        _test.Time.Advance(TestClient.Third);
        await _test.Grain.Renew.WhenCalledAsync();
        _test.Time.Suspend(TestClient.Guaranteed);
        answer.SetResult(Replies.Renewed());

        await handle.HandleLostToken.WhenCancelledAsync("the loss");
        Assert.Throws<LockLostException>(handle.ThrowIfLost);
    }

    [Fact]
    public async Task Acquire_GrantedBeforeASleepAndHeardOfAfterIt_IsGivenBackUnlessTheSiloConfirmsIt()
    {
        var answer = _test.Grain.Acquire.Hang();
        _test.Grain.Renew.Reply(Replies.NotHeld(EndReason.Expired));
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.Grain.Acquire.WhenCalledAsync();
        _test.Time.Suspend(TestClient.Guaranteed);
        answer.SetResult(Replies.Granted());

        await _test.Log.WhenLoggedAsync(2);
        Assert.False(acquire.IsCompletedSuccessfully);
        await _test.Grain.Cancel.WhenCalledAsync();
    }

    [Fact]
    public void Clock_OfAClientWithoutOne_IsThatWhichCountsSuspends()
    {
        Assert.Same(BootTimeProvider.Best, BootTimeProvider.InPlaceOf(null));
        Assert.Same(BootTimeProvider.Best, BootTimeProvider.InPlaceOf(TimeProvider.System));
        var manual = new ManualTimeProvider();
        Assert.Same(manual, BootTimeProvider.InPlaceOf(manual));
    }

    [Fact]
    public void BootTime_OnLinux_IsTheTimeSinceTheBoot()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Null(BootTimeProvider.TryCreate());
            return;
        }

        // What the kernel itself says, suspends included, in hundredths: between two looks.
        var clock = Assert.IsType<BootTimeProvider>(BootTimeProvider.Best);
        var before = Elapsed(clock);
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        var after = Elapsed(clock);

        Assert.InRange(uptime, before - 0.02, after + 0.02);

        static double Elapsed(TimeProvider clock) => (double)clock.GetTimestamp() / clock.TimestampFrequency;
    }
}
