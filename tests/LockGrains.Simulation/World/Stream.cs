namespace LockGrains.Simulation;

/// <summary>The parts of a world that have random numbers of their own.</summary>
internal enum Stream
{
    Options,
    Network,
    Store,
    Nemesis,
    Routing,
    Clocks,
    Client,
    Silence,
    Operator,
}
