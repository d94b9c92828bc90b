using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// The process of a session with many locks is killed. Those that somebody waits for must come soon after the session's lease, and at nearly the same
/// time; and what the storage has to write for it must not grow with the locks that nobody wants.
/// </summary>
internal sealed class SessionKillShow(ChaosCluster cluster, TextWriter output) : Show(cluster, output)
{
    private const int Contended = 100;
    private const int WritesMax = 199;

    private static readonly TimeSpan Lease = new LockSessionOptions().Lease;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    // Past the delay after which a queue is written.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private int Locks => Cluster.Options.Locks;

    protected override async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var beganAt = Clock.Now;
        using var holder = await StartAsync("holder", SessionHolder.Verb, ["--handles", Locks.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        await SayAsync($"one process holds {Locks} locks under a session of {Lease.TotalSeconds:0} s, taken within {Clock.Seconds(Clock.Now - beganAt):0.0} s of its start");
        var wanted = Enumerable.Range(0, Contended).Select(number => SessionHolder.KeyOf(number * (Locks / Contended))).ToList();
        var waits = wanted.ConvertAll(key => Cluster.Locks.AcquireAsync(key, Bound, cancellationToken: cancellationToken).AsTask());
        foreach (var key in wanted)
            await WhenAsync(key, info => info.QueueLength == 1, cancellationToken);
        await Clock.DelayAsync(Settled, cancellationToken);

        using var writes = new WriteCount(Cluster, WriteCount.AllRecords);
        var killedAt = Clock.Now;
        holder.Signal(Posix.SigKill);
        var afters = await Task.WhenAll(waits.Select(wait => WhenGrantedAsync(wait, killedAt)));
        var written = writes.Value;
        if (written < Contended)
            throw new ChaosException($"only {written} writes were counted for {Contended} grants");
        await HoldAsync($"the last of {Contended} grants after kill -9", afters.Max(), Lease.TotalSeconds + 2, "s");
        await HoldAsync("from the first of these grants to the last", afters.Max() - afters.Min(), 1, "s");
        await HoldAsync($"writes of lock and session records from the kill to the last grant, with {Locks} locks held", written, WritesMax, "writes");
        await TryRestAsync(wanted, cancellationToken);
        foreach (var wait in waits)
            await (await wait).DisposeAsync();
    }

    /// <summary>Whoever comes for one of the others has it at once: nobody has to wait for its lease.</summary>
    private async Task TryRestAsync(List<string> wanted, CancellationToken cancellationToken)
    {
        var (refused, tries) = (0, 0);
        for (var number = 1; number < Locks; number += Math.Max(1, Locks / Contended))
        {
            if (wanted.Contains(SessionHolder.KeyOf(number)))
                continue;
            await using var handle = await Cluster.Locks.TryAcquireAsync(SessionHolder.KeyOf(number), cancellationToken: cancellationToken);
            refused += handle is null ? 1 : 0;
            tries++;
        }

        await HoldAsync($"tries of others of its locks that were refused after that, of {tries}", refused, 0, "tries");
    }

    private static async Task<double> WhenGrantedAsync(Task<LockHandle> wait, long since)
    {
        await wait;
        return Clock.Seconds(Clock.Now - since);
    }
}
