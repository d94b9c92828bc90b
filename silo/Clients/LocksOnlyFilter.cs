using System.Collections.Frozen;

namespace LockGrains.Silo.Clients;

/// <summary>
/// Lets Orleans clients that come through a gateway reach locks and nothing else: by itself Orleans lets whoever is connected call everything, the management of the
/// cluster among it. It goes by whom a call says it comes from, which <see cref="ClientMessages"/> checks at the gateway.
/// </summary>
internal sealed class LocksOnlyFilter(ILogger<LocksOnlyFilter> logger) : IIncomingGrainCallFilter, IDisposable
{
    private static readonly FrozenSet<Type> Open = new[]
    {
        typeof(ILockGrain),
        typeof(ILockCensusGrain),
        typeof(IHeartbeatGrain),
        typeof(IStoreGrain),
        typeof(ISiloListGrain),
        typeof(ITidyGrain),

        // Without the first no client can connect; the second ends a call that its caller has given up.
        OfOrleans("Orleans.Runtime.IClusterManifestSystemTarget"),
        OfOrleans("Orleans.Runtime.IGrainCallCancellationExtension"),
    }.ToFrozenSet();

    private readonly OutageLog<string> _refusals = new(TimeProvider.System, (call, more) => logger.LogClientRefused(call, more));

    /// <inheritdoc/>
    /// <exception cref="UnauthorizedAccessException">A client calls what is not for clients.</exception>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        // Of the request itself: what its header says could be another interface.
        if (Open.Contains(context.Request.GetInterfaceType()) || !IsClient(context.SourceId))
            return context.Invoke();
        var call = $"{context.InterfaceName}.{context.MethodName}";
        _refusals.Fails(call);
        throw new UnauthorizedAccessException($"{call} is not for clients of this cluster: they reach locks and nothing else.");
    }

    public void Dispose() => _refusals.Dispose();

    /// <summary>Whether a call comes from a client, or from nobody, as no call of a silo does.</summary>
    internal static bool IsClient(GrainId? source) =>
        source is not { } id || ClientMessages.IsOfClient(id.Type.AsSpan(), id.Key.AsSpan());

    private static Type OfOrleans(string name) => typeof(IClusterClient).Assembly.GetType(name, throwOnError: true)!;
}
