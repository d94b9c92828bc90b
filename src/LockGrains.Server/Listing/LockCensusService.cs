using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Services;

namespace LockGrains;

/// <summary>A silo's own part of the list: the locks that it serves. There is one on each silo, which replies for that silo alone.</summary>
[Alias("lockgrains.ILockCensusService")]
internal interface ILockCensusService : IGrainService
{
    /// <summary>The locks of one page that this silo serves, and one more where it has another page.</summary>
    /// <param name="request">Which locks, checked.</param>
    [Alias("List")]
    ValueTask<ImmutableArray<LockSummary>> ListAsync(LockListRequest request);
}

/// <inheritdoc cref="ILockCensusService"/>
internal sealed class LockCensusService(GrainId id, Silo silo, ILoggerFactory loggerFactory, LockGrainHost host)
    : GrainService(id, silo, loggerFactory), ILockCensusService
{
    public ValueTask<ImmutableArray<LockSummary>> ListAsync(LockListRequest request) => ValueTask.FromResult(host.List(request));
}
