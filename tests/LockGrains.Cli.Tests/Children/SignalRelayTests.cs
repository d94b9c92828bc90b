using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.Children;

public sealed class SignalRelayTests
{
    [Fact]
    public void OnSignal_BeforeTheChild_InterruptsAndStartsNone()
    {
        using var relay = new SignalRelay(TextWriter.Null);
        relay.OnSignal(Posix.SigInt);
        relay.OnSignal(Posix.SigTerm);
        Assert.True(relay.Interrupted.IsCancellationRequested);
        Assert.Equal(130, relay.InterruptedExitCode);
        Assert.False(relay.TryAttach(() => throw new InvalidOperationException("It must not be started."), out _));
    }

    [Fact]
    public void OnSignal_AfterTheChild_IsPassedOn()
    {
        using var relay = new SignalRelay(TextWriter.Null);
        var child = new FakeChild();
        Assert.True(relay.TryAttach(() => child, out var attached));
        Assert.Same(child, attached);
        relay.OnSignal(Posix.SigHup);
        relay.OnSignal(Posix.SigHup);
        Assert.Equal([Posix.SigHup, Posix.SigHup], child.Signals);
        Assert.False(relay.Interrupted.IsCancellationRequested);
    }
}
