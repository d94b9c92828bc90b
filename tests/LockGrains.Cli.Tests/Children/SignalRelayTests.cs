using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.Children;

public sealed class SignalRelayTests
{
    private readonly List<int> _signals = [];

    [Fact]
    public void OnSignal_BeforeTheCommand_InterruptsAndStartsNone()
    {
        using var relay = new SignalRelay(static _ => { });
        relay.OnSignal(Posix.SigInt);
        relay.OnSignal(Posix.SigTerm);
        Assert.True(relay.Interrupted.IsCancellationRequested);
        Assert.Equal(130, relay.InterruptedExitCode);
        Assert.False(relay.TryAttach(static () => throw new InvalidOperationException("It must not be started."), _signals.Add));
    }

    [Fact]
    public void OnSignal_WhileTheCommandRuns_IsPassedOn()
    {
        using var relay = new SignalRelay(static _ => { });
        var isStarted = false;
        Assert.True(relay.TryAttach(() => isStarted = true, _signals.Add));
        Assert.True(isStarted);
        relay.OnSignal(Posix.SigHup);
        relay.OnSignal(Posix.SigHup);
        Assert.Equal([Posix.SigHup, Posix.SigHup], _signals);
        Assert.False(relay.Interrupted.IsCancellationRequested);
    }

    [Fact]
    public void OnSignal_AfterTheCommand_Interrupts()
    {
        using var relay = new SignalRelay(static _ => { });
        relay.TryAttach(static () => { }, _signals.Add);
        relay.Detach();
        relay.OnSignal(Posix.SigTerm);
        Assert.Empty(_signals);
        Assert.True(relay.Interrupted.IsCancellationRequested);
    }

    [Fact]
    public void OnSignal_SizeOfTheTerminal_EndsNoWait()
    {
        using var relay = new SignalRelay(static _ => { });
        relay.OnSignal(CommandSignals.Winch);
        Assert.False(relay.Interrupted.IsCancellationRequested);
    }
}
