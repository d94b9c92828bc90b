using System.Runtime.CompilerServices;

namespace LockGrains;

/// <summary>Finds lock grains by key.</summary>
public static class LockGrainFactoryExtensions
{
    private static readonly GrainType SessionType = GrainType.Create("lockgrains.session");
    private static readonly ConditionalWeakTable<IGrainFactory, GrainReference> Samples = [];

    /// <summary>Gets the lock of a key. Makes no call.</summary>
    /// <param name="grainFactory">The factory of a silo, a grain or a cluster client.</param>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <exception cref="ArgumentException">The key breaks a rule of <see cref="LockKey"/>.</exception>
    public static ILockGrain GetLock(this IGrainFactory grainFactory, string key)
    {
        ArgumentNullException.ThrowIfNull(grainFactory);
        LockKey.Validate(key);

        // Orleans looks at the interface's attributes and parses its name each time: a sixth of what a client spends on a lock. What it
        // found for the first key is true of all.
        if (Samples.TryGetValue(grainFactory, out var sample))
            return (ILockGrain)grainFactory.GetGrain(GrainId.Create(sample.GrainId.Type, key), sample.InterfaceType);
        var grain = grainFactory.GetGrain<ILockGrain>(key);
        if (grain is GrainReference reference)
            Samples.TryAdd(grainFactory, reference);
        return grain;
    }

    /// <summary>Gets the lock of a session, which is in a key space of its own. Makes no call.</summary>
    /// <param name="grainFactory">The factory of a silo, a grain or a cluster client.</param>
    /// <param name="id">
    /// The session's id: random, and never used for another session. Whoever holds this lock, exclusively and renewing it, is the session. What it acquires
    /// names it by <see cref="AcquireRequest.SessionId"/> and <see cref="AcquireRequest.SessionToken"/>.
    /// </param>
    /// <exception cref="ArgumentException">The id breaks a rule of <see cref="LockKey"/>.</exception>
    public static ILockGrain GetSession(this IGrainFactory grainFactory, string id)
    {
        ArgumentNullException.ThrowIfNull(grainFactory);
        LockKey.Validate(id, nameof(id));
        return grainFactory.GetGrain<ILockGrain>(GrainId.Create(SessionType, id));
    }
}
