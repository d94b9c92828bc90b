using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// The settings of an <see cref="ILockClient"/>. A value outside its range stops the program at its start, with the name, the
/// value and the range; none is adjusted silently.
/// </summary>
public sealed record LockClientOptions
{
    /// <summary>
    /// How long a lock is held without a renewal. The silo has bounds of its own. Default 30s; 1ms to 24h.
    /// <para>
    /// The first lease of a grant is shorter: what the silo's <c>LockPolicy.FirstLease</c> says, 5 s by default, since a waiter may have died
    /// meanwhile. The first renewal, which comes after a third of that, extends it to this. <see cref="AcquireOptions.ConfirmLease"/> has it
    /// extended before the handle is returned. A lease that is not renewed (<see cref="AcquireOptions.Renew"/>) has its full length at once.
    /// </para>
    /// </summary>
    [Allowed("1ms", LockPolicy.LeaseMaxDefault)]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A label for people, shown in <see cref="LockInfo"/>; it decides nothing. Default machine/process/pid; at most 128 bytes in UTF-8.
    /// </summary>
    public string OwnerId { get; set; } = OwnerLabel.Default;

    /// <summary>
    /// How much slower than the silo's this machine's clock may run, as a share of the time: that much of a validity is not
    /// relied on. Default 0.01; 0 to 0.2.
    /// </summary>
    [Allowed("0", "0.2")]
    public double DriftRate { get; set; } = 0.01;

    /// <summary>
    /// How long before its end a lease is declared lost, for the time that a busy machine takes to run the client's clock and whatever is told
    /// by it. Default 1 % of the validity, at least 50ms; 0 to 2s, and less than half of <see cref="Lease"/>.
    /// </summary>
    [Allowed("0", "2s")]
    public TimeSpan? SafetyMargin { get; set; }

    /// <summary>
    /// How long one call to the cluster may take, beyond what it waits in the queue; and how much longer than its wait an acquire may take.
    /// Default 5s; 100ms to 1m. <see cref="AcquireOptions.AttemptTimeout"/> sets it for one.
    /// </summary>
    [Allowed("100ms", "1m")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the cluster may give no usable reply before a call gives up with <see cref="LockUnavailableException"/>. It does not begin
    /// while a call waits in the queue. Default 30s; 100ms to 1h. An acquire that has had no usable reply for 2 min cancels what
    /// it asked for, and then asks anew, at the end of the queue: longer than that no silo is sure to remember it.
    /// </summary>
    [Allowed("100ms", "1h")]
    public TimeSpan UnavailableTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The shortest delay before a failed call is repeated. The delay is random between this and a bound that doubles with every
    /// failure in a row. Default 50ms; 1ms to 10s. Keep it well below half of the silo's <c>PresenceWindow</c>: who
    /// comes back later than that has lost its place.
    /// </summary>
    [Allowed("1ms", "10s")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest delay before a failed call is repeated. Default 1s; <see cref="RetryDelay"/> to 1m.</summary>
    [Allowed(nameof(RetryDelay), "1m")]
    public TimeSpan RetryDelayMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How often the client sends its heartbeat while it waits for locks: one message that says it lives, for up to 256 waits. Default 3s; 100ms
    /// to 1m, and at most 0.3 of the silo's <c>LockPolicy.PresenceWindow</c>; a silo refuses more.
    /// </summary>
    [Allowed("100ms", "1m")]
    public TimeSpan BeatPeriod { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Renewals that are due within so long of each other go in one message, those of a busy client in dozens. With 0 there are no batches.
    /// Default 250ms; 0 to 2s. A renewal comes earlier by at most that, and only where that is at most a tenth of the time from when it is
    /// due until the lease is at risk; those of shorter leases go by themselves. Has no effect on a client inside a silo.
    /// </summary>
    [Allowed("0", "2s")]
    public TimeSpan RenewalWindow { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long a host that stops goes on renewing the locks that it still holds, so that whoever works under one can come to its end and
    /// release it. What is not released by then is left to its lease. Default 5s, or a third of the host's <c>HostOptions.ShutdownTimeout</c>
    /// where that is less; 0 to 10m, and at most that third. Has no effect on a client that was made by <see cref="LockClient.Create"/>.
    /// </summary>
    [Allowed("0", "10m")]
    public TimeSpan? StopTimeout { get; set; }
}
