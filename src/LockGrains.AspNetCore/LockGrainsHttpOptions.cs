using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// The settings of the HTTP API. A value outside its range stops the host at its start, with the name, the value and the range; none is adjusted
/// silently.
/// </summary>
public sealed class LockGrainsHttpOptions
{
    /// <summary>
    /// The most requests that wait for locks through this host at a time; a new one is refused with 429. A request that waits already always has
    /// its reply, and renewals, releases, cancels and heartbeats are never refused. Default 10,000; 1 to 1,000,000.
    /// </summary>
    [Allowed("1", "1000000")]
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>The most open event streams of this host; more are refused with 429. Default 100; 0 to 100,000.</summary>
    [Allowed("0", "100000")]
    public int MaxStreams { get; set; } = 100;

    /// <summary>
    /// The most that one access key may take of <see cref="MaxWaiting"/> and of <see cref="MaxStreams"/>, in percent, rounded up; whoever needs no key counts
    /// as one. Default 50; 1 to 100.
    /// </summary>
    [Allowed("1", "100")]
    public int MaxPercentOfOne { get; set; } = 50;

    /// <summary>How long an event stream is silent before it gets a ping, so that no proxy cuts it. Default 15s; 1s to 1m.</summary>
    [Allowed("1s", "1m")]
    public TimeSpan PingPeriod { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long one call to a lock may take, beyond what it waits in the queue. After it the reply is 503: nobody can say. Default 5s; 100ms to 1m.
    /// </summary>
    [Allowed("100ms", "1m")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often this host sends a heartbeat for the polls that are open. Default 3s; 50ms to 1m, and at most 0.3 of the silo's
    /// <c>LockPolicy.PresenceWindow</c>; a silo refuses more.
    /// </summary>
    [Allowed("50ms", "1m")]
    public TimeSpan BeatPeriod { get; set; } = TimeSpan.FromSeconds(3);
}
