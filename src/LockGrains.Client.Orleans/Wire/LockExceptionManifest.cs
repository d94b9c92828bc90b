using LockGrains.Wire;
using Orleans.Serialization.Configuration;

[assembly: TypeManifestProvider(typeof(LockExceptionManifest))]

namespace LockGrains.Wire;

/// <summary>What the exceptions of the client are called on the wire.</summary>
internal sealed class LockExceptionManifest : TypeManifestProviderBase
{
    private static readonly Type[] Types =
    [
        typeof(LockDeadlockException), typeof(LockLostException), typeof(LockQueueFullException), typeof(LockSessionLostException), typeof(LockTimeoutException),
        typeof(LockUnavailableException), typeof(RunOnceUnstoredException),
    ];

    public override object Key => typeof(LockExceptionManifest);

    protected override void ConfigureInner(TypeManifestOptions options)
    {
        foreach (var type in Types)
            options.WellKnownTypeAliases.Add($"lockgrains.{type.Name}", type);
    }
}
