namespace LockGrains;

/// <summary>Tells who the store of the locks is, so that whoever reaches them through several servers can see that all mean the same locks.</summary>
[Alias("lockgrains.IStoreGrain")]
internal interface IStoreGrain : IGrainWithIntegerKey
{
    /// <summary>Tells the 128 bits that were given to the store once; they never change.</summary>
    /// <param name="cancellationToken">Ends the wait: a silo that has just started may not know yet.</param>
    [Alias("GetIdentity")]
    ValueTask<Guid> GetIdentityAsync(CancellationToken cancellationToken = default);
}
