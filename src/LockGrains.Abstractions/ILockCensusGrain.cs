namespace LockGrains;

/// <summary>
/// Tells which locks are live, that is held or waited for, on all silos. It has no state and reads no storage: each silo looks at the locks that it
/// serves, and none of them does anything for it. Get it with <c>grainFactory.GetLockCensus()</c>.
/// <example><code>
/// var page = await grainFactory.GetLockCensus().ListAsync(new LockListRequest { Prefix = "orders/" });
/// </code></example>
/// A lock whose silo was lost is not live until its holder renews it, or somebody asks for it. Most callers want <c>ILockClient.ListAsync</c>, which
/// reads page after page.
/// </summary>
[Alias("lockgrains.ILockCensusGrain")]
public interface ILockCensusGrain : IGrainWithIntegerKey
{
    /// <summary>Lists a page of the live locks, in the ordinal order of their keys. For the next page call again with <see cref="LockListPage.Next"/>.</summary>
    /// <param name="request">Which locks, and after which key.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    /// <returns>The page, and the silos that did not reply in time.</returns>
    /// <exception cref="ArgumentException">The request is wrong; the message says what and the range.</exception>
    [Alias("List")]
    ValueTask<LockListPage> ListAsync(LockListRequest request, CancellationToken cancellationToken = default);
}
