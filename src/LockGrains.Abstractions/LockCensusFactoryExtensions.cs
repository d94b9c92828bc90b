namespace LockGrains;

/// <summary>Finds the grain that lists locks.</summary>
public static class LockCensusFactoryExtensions
{
    /// <summary>Gets the grain that tells which locks are live. Makes no call.</summary>
    /// <param name="grainFactory">The factory of a silo, a grain or a cluster client.</param>
    public static ILockCensusGrain GetLockCensus(this IGrainFactory grainFactory)
    {
        ArgumentNullException.ThrowIfNull(grainFactory);
        return grainFactory.GetGrain<ILockCensusGrain>(0);
    }
}
