using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Orleans.Hosting;

/// <summary>The settings of Orleans with which locks were measured. They are those of the ready-made silo, too.</summary>
public static class LockGrainsSiloDefaults
{
    private const int ThreadsMin = 8;

    /// <summary>
    /// Sets Orleans so that locks are granted again within seconds after a silo crashed, hung or left. Without it, with Orleans' own
    /// settings, the locks of a crashed silo stood still for 8 to 20 s. Every silo of a cluster needs it;
    /// docs/OPERATIONS.md lists each setting with its value and reason.
    /// <para>
    /// It sets <see cref="ClusterMembershipOptions"/>, <see cref="GrainDirectoryOptions"/>, <see cref="SiloMessagingOptions"/>,
    /// <see cref="GrainCollectionOptions"/> and <see cref="ConnectionOptions"/>, for all grains of the silo. It adds the distributed grain
    /// directory and the crash watch. It lets the thread pool of the process have eight threads at once, never fewer than it could before.
    /// </para>
    /// <para>
    /// The order counts: it overwrites what was configured before, and what you configure after it wins.
    /// </para>
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="crashWatch">
    /// Whether to add <see cref="LockGrainsSiloBuilderExtensions.AddLockGrainsCrashWatch"/>. Default true. False for silos that reach each
    /// other through a proxy.
    /// </param>
    /// <returns>The same silo.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    /// <example><code>
    /// siloBuilder.UseLocalhostClustering().UseLockGrainsDefaults().AddLockGrains().AddLockGrainsMemoryStorage();
    /// </code></example>
    public static ISiloBuilder UseLockGrainsDefaults(this ISiloBuilder builder, bool crashWatch = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ReserveThreads();

        // Experimental, yet the better choice: the default directory deactivates every lock of a range whenever a silo joins or
        // leaves, and each of those costs its holder a fence write. Safety does not rest on it: the record's ETag decides.
#pragma warning disable ORLEANSEXP003
        builder.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        builder.ConfigureServices(static services => services
            .Configure<ClusterMembershipOptions>(SetMembership)
            .Configure<GrainDirectoryOptions>(SetDirectory)
            .Configure<SiloMessagingOptions>(SetMessaging)
            .Configure<GrainCollectionOptions>(SetCollection)
            .Configure<ConnectionOptions>(SetConnections));
        return crashWatch ? builder.AddLockGrainsCrashWatch() : builder;
    }

    /// <summary>
    /// Lets the thread pool have enough threads at once. Orleans writes its membership as a Redis transaction, which holds a thread until
    /// another one has read the reply. The default is one per processor, and with one or two all locks stood still until the pool grew.
    /// </summary>
    private static void ReserveThreads()
    {
        ThreadPool.GetMinThreads(out var threads, out var completionThreads);
        ThreadPool.SetMinThreads(Math.Max(threads, ThreadsMin), completionThreads);
    }

    private static void SetMembership(ClusterMembershipOptions options)
    {
        // A silo that hangs is declared dead when two others missed four probes each, after 8 to 10 s. Less silence than that proves
        // nothing on a starved machine (measured: five probes of 1 s lost silos that lived). One that crashed is found by the crash watch at
        // the first. No indirect probes: they give the go-between as much time as they have themselves, so its answer about one that
        // hangs comes too late as often as not.
        //
        // Always 2 s: Orleans would go down to half of it, and up to four times. Four of the longest are also the time for which it does
        // not let anybody vote after the last message, so that a silo that hung was kept for more than half a minute.
        options.ProbeTimeout = options.MinProbeTimeout = options.MaxProbeTimeout = TimeSpan.FromSeconds(2);
        options.NumMissedProbesLimit = 4;
        options.NumVotesForDeathDeclaration = 2;
        options.EnableIndirectProbes = false;

        // How soon a silo that hung learns that it was declared dead, and ends.
        options.TableRefreshTimeout = TimeSpan.FromSeconds(5);

        // Three of these without a sign, and a silo has no say in votes any more: so one is left to declare two others dead.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(3);
    }

    // Else Orleans keeps a crashed silo's part of the directory shut for 22 s more, so that nothing is active twice. Locks may be.
    private static void SetDirectory(GrainDirectoryOptions options) => options.RangeLeaseDuration = TimeSpan.Zero;

    private static void SetMessaging(SiloMessagingOptions options)
    {
        // Of all calls but an acquire, which waits in a grain and has a response time-out of its own.
        options.ResponseTimeout = TimeSpan.FromSeconds(20);

        // The grain directory asks a silo that was declared dead for its part, and keeps that part shut so long if the silo hangs.
        options.SystemResponseTimeout = TimeSpan.FromSeconds(5);

        // What its caller has given up is cancelled in the grain, too.
        options.CancelRequestOnTimeout = true;

        // At the end of a silo: what clients are answered last still gets out before its gateway closes (measured: no more stalls).
        options.WaitForMessageToBeQueuedForOutboundTime = TimeSpan.FromMilliseconds(500);
    }

    private static void SetCollection(GrainCollectionOptions options)
    {
        // Idle grains leave memory sooner than after 15 min. Those of locks stay until their keys are forgotten, whatever this is.
        options.CollectionAge = TimeSpan.FromMinutes(10);

        // Handing over is one write for each key with a holder or waiters; a grain that needs longer is better cut off than waited for.
        options.DeactivationTimeout = TimeSpan.FromSeconds(10);
    }

    // As long as a probe has: who is not connected by then has failed it.
    private static void SetConnections(ConnectionOptions options) => options.OpenConnectionTimeout = TimeSpan.FromSeconds(2);
}
