using LockGrains.Core;
using Orleans.Concurrency;

namespace LockGrains;

/// <summary>
/// Asks all silos at once for a page, and merges what they say. It has no state and knows no rule about locks. It lives on the silo that the
/// request came to.
/// </summary>
[GrainType("lockgrains.census")]
[StatelessWorker]
[Reentrant]
internal sealed class LockCensusGrain(SiloCensus census) : Grain, ILockCensusGrain
{
    public async ValueTask<LockListPage> ListAsync(LockListRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.FindProblem() is { } problem)
            throw new ArgumentException(problem, nameof(request));
        using var deadline = new CancellationTokenSource(request.SiloTimeout ?? LockListRequest.SiloTimeoutDefault, TimeProvider.System);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        (string Name, SiloAddress Address)[] silos = [.. census.FindSilos().Where(silo => request.SilosMissing.IsDefault || !request.SilosMissing.Contains(silo.Name))];
        var replies = await Task.WhenAll(silos.Select(silo => census.AskAsync(silo.Address, request, end.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        return LockSelection.Merge(request, replies, [.. silos.Select(static silo => silo.Name)]);
    }
}
