namespace LockGrains.Simulation;

/// <summary>Carries messages between processes: late, never, twice, much later, and in any order.</summary>
internal sealed class SimulatedNetwork(EventLoop loop, WorldOptions options, FaultGate faults)
{
    private const long Second = TimeSpan.TicksPerSecond;

    private readonly Prng _random = options.Stream(Stream.Network);
    private readonly Dictionary<(SimulatedProcess, SimulatedProcess), long> _cuts = [];

    /// <summary>Cuts the way from one process to another for a time.</summary>
    public void Cut(SimulatedProcess from, SimulatedProcess to, long until) => _cuts[(from, to)] = until;

    public void Heal() => _cuts.Clear();

    /// <summary>Sends a message; the receiver may get it more than once.</summary>
    public void Send(SimulatedProcess from, SimulatedProcess to, Action receive)
    {
        if (_cuts.Count > 0 && _cuts.TryGetValue((from, to), out var until) && until > loop.Now && faults.Allow(Mark.MessageCut))
            return;
        if (faults.Strikes(_random, Option.LostMessagePermille, Mark.MessageLost))
            return;
        Deliver(to, Latency(), receive);
        if (faults.Strikes(_random, Option.RepeatedMessagePermille, Mark.MessageRepeated))
            Deliver(to, Latency() + Latency(), receive);
        if (faults.Strikes(_random, Option.LateRepeatPermille, Mark.MessageRepeatedLate))
            Deliver(to, _random.Below(30 * Second), receive);
    }

    private void Deliver(SimulatedProcess to, long latency, Action receive) => loop.After(latency, to, receive);

    private long Latency()
    {
        var usual = (1 + _random.Below(options[Option.NetworkUs])) * TimeSpan.TicksPerMicrosecond;
        return faults.Strikes(_random, Option.SlowMessagePermille, Mark.MessageSlow) ? usual + _random.Below(8 * Second) : usual;
    }
}
