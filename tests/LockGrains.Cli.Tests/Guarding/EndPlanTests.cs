using LockGrains.Cli.Guarding;

namespace LockGrains.Cli.Tests.Guarding;

public sealed class EndPlanTests
{
    private static readonly TimeSpan Tick = new(1);

    private readonly EndPlan _plan = new() { Grace = Seconds(5) };

    [Fact]
    public void Next_NothingIsKnown_DoesNothingForEver()
    {
        Assert.Equal(EndStep.None, _plan.Next(Seconds(1e9)).Step);
        Assert.Equal(TimeSpan.MaxValue, _plan.LookAt);
    }

    [Fact]
    public void Next_LeaseRunsOut_AsksOneGraceBeforeItsEndAndKillsBeforeTheEnd()
    {
        var plan = _plan.HeldUntil(Seconds(30));
        var askAt = Seconds(24.7);
        Assert.Equal(askAt, plan.LookAt);
        Assert.Equal(EndStep.None, plan.Next(askAt - Tick).Step);
        (plan, var step) = plan.Next(askAt);
        Assert.Equal(EndStep.Ask, step);
        Assert.Equal(Seconds(29.8), plan.LookAt);
        Assert.Equal(EndStep.None, plan.Next(Seconds(29.8) - Tick).Step);
        (plan, step) = plan.Next(Seconds(29.8));
        Assert.Equal(EndStep.Kill, step);
        Assert.Equal(EndStep.None, plan.Next(Seconds(31)).Step);
        Assert.Equal(TimeSpan.MaxValue, plan.LookAt);
    }

    [Fact]
    public void Next_LookedAtTooLate_KillsAtOnce()
    {
        // The machine was suspended.
        Assert.Equal(EndStep.Kill, _plan.HeldUntil(Seconds(30)).Next(Seconds(30)).Step);
    }

    [Fact]
    public void HeldUntil_RenewedBeforeItIsAsked_MovesTheEnd()
    {
        var plan = _plan.HeldUntil(Seconds(30)).Next(Seconds(20)).Plan.HeldUntil(Seconds(50));
        Assert.Equal(EndStep.None, plan.Next(Seconds(44)).Step);
        Assert.Equal(EndStep.Ask, plan.Next(Seconds(45)).Step);
    }

    [Fact]
    public void HeldUntil_RenewedAfterItWasAsked_ChangesNothing()
    {
        // It is ending already, and whatever it did not do cannot be taken back.
        var plan = _plan.HeldUntil(Seconds(30)).Next(Seconds(26)).Plan.HeldUntil(Seconds(60));
        Assert.Equal(EndStep.Kill, plan.Next(Seconds(30)).Step);
    }

    [Fact]
    public void HeldUntil_LostAfterItWasAsked_EndsItSooner()
    {
        var plan = _plan.HeldUntil(Seconds(30)).Next(Seconds(26)).Plan.HeldUntil(Seconds(27));
        Assert.Equal(EndStep.Kill, plan.Next(Seconds(27)).Step);
    }

    [Fact]
    public void HeldUntil_LostBefore_KillsAtOnce() => Assert.Equal(EndStep.Kill, _plan.HeldUntil(Seconds(7)).Next(Seconds(7)).Step);

    [Fact]
    public void Revoked_LongBeforeTheEnd_AsksAtOnceAndKillsOneGraceLater()
    {
        var plan = _plan.HeldUntil(Seconds(30)).Revoked(Seconds(10));
        (plan, var step) = plan.Next(Seconds(10));
        Assert.Equal(EndStep.Ask, step);
        Assert.Equal(EndStep.None, plan.Next(Seconds(15) - Tick).Step);
        Assert.Equal(EndStep.Kill, plan.Next(Seconds(15)).Step);
    }

    [Fact]
    public void Revoked_ShortlyBeforeTheEnd_KillsAtTheEnd()
    {
        var plan = _plan.HeldUntil(Seconds(30)).Next(Seconds(26)).Plan.Revoked(Seconds(28));
        Assert.Equal(EndStep.Kill, plan.Next(Seconds(30)).Step);
    }

    [Theory]
    [InlineData(5, 0.5)]
    [InlineData(0.2, 0.2)]
    public void HolderGone_WhateverTheGrace_IsOverWithinHalfASecond(double grace, double over)
    {
        var plan = new EndPlan { Grace = Seconds(grace) }.HeldUntil(Seconds(30)).HolderGone(Seconds(10));
        (plan, var step) = plan.Next(Seconds(10));
        Assert.Equal(EndStep.Ask, step);
        Assert.Equal(EndStep.None, plan.Next(Seconds(10 + over) - Tick).Step);
        Assert.Equal(EndStep.Kill, plan.Next(Seconds(10 + over)).Step);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
