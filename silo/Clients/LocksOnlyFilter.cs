using System.Collections.Frozen;

namespace LockGrains.Silo.Clients;

/// <summary>
/// Lets Orleans clients that come through a gateway reach locks and nothing else: by itself Orleans lets whoever is connected call everything, the management of the
/// cluster among it. It goes by whom a call says it comes from, which <see cref="ClientHeader"/> checks at the gateway.
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

        // Without it no client can connect.
        OfOrleans("Orleans.Runtime.IClusterManifestSystemTarget"),
    }.ToFrozenSet();

    // It ends a call that its caller has given up.
    private static readonly Type Cancellation = OfOrleans("Orleans.Runtime.IGrainCallCancellationExtension");

    private readonly OutageLog<string> _refusals = new(TimeProvider.System, (call, more) => logger.LogClientRefused(call, more));

    /// <inheritdoc/>
    /// <exception cref="UnauthorizedAccessException">A client calls what is not for clients.</exception>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        // Of the request itself: what its header says could be another interface.
        var called = context.Request.GetInterfaceType();
        if (Open.Contains(called) || !IsClient(context.SourceId) || (called == Cancellation && IsOwnCall(context)))
            return context.Invoke();
        var call = $"{context.InterfaceName}.{context.MethodName}";
        _refusals.Fails(call);
        throw new UnauthorizedAccessException($"{call} is not for clients of this cluster: they reach locks and nothing else.");
    }

    public void Dispose() => _refusals.Dispose();

    /// <summary>Whether a call comes from a client, or from nobody, as no call of a silo does.</summary>
    internal static bool IsClient(GrainId? source) =>
        source is not { } id || ClientHeader.IsOfClient(id.Type.AsSpan(), id.Key.AsSpan());

    // Its first argument says whose call it ends.
    private static bool IsOwnCall(IIncomingGrainCallContext context) => context.Request.GetArgument(0) is GrainId caller && caller == context.SourceId;

    private static Type OfOrleans(string name) => typeof(IClusterClient).Assembly.GetType(name, throwOnError: true)!;
}
