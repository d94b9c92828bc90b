using LockGrains.Wire;
using Orleans.Serialization.Configuration;

[assembly: TypeManifestProvider(typeof(LockExceptionManifest))]

namespace LockGrains.Wire;

/// <summary>What the exceptions of the client are called on the wire.</summary>
internal sealed class LockExceptionManifest : TypeManifestProviderBase
{
    public override object Key => typeof(LockExceptionManifest);

    protected override void ConfigureInner(TypeManifestOptions options)
    {
        foreach (var type in new[] { typeof(LockLostException), typeof(LockQueueFullException), typeof(LockSessionLostException), typeof(LockTimeoutException), typeof(LockUnavailableException) })
            options.WellKnownTypeAliases.Add($"lockgrains.{type.Name}", type);
    }
}
