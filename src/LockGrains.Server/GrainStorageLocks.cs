using LockGrains.Core;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace LockGrains;

/// <summary>Keeps locks in an Orleans grain storage: the key is a grain's key, and its space the grain's type.</summary>
internal sealed class GrainStorageLocks(IGrainStorage storage, RedisLink? redis = null) : ILockStoreProvider
{
    private static readonly GrainType LockType = GrainType.Create("lockgrains.lock");
    private static readonly GrainType SessionType = GrainType.Create("lockgrains.session");
    private static readonly GrainType SystemType = GrainType.Create("lockgrains.system");

    private readonly RedisListing? _listing = redis is null ? null : new RedisListing(redis);
    private readonly RedisWrites? _writes = redis is null ? null : new RedisWrites(redis, TimeProvider.System);

    public string Name => GrainStorageRules.NameOf(storage);

    public bool IsDurable => storage is not MemoryGrainStorage;

    public bool CanList => _listing is not null;

    /// <summary>A storage that nobody has looked over is not trusted with deletion.</summary>
    public bool CanForget => ForgetProblem is null;

    /// <summary>Why idle records are not deleted here; null when they may be.</summary>
    public string? ForgetProblem { get; private set; } = GrainStorageRules.IsKnownToDelete(storage) ? null : "it has not been tried yet";

    /// <summary>What keeps the locks under a name: a provider of LockGrains, else a grain storage; null when there is neither.</summary>
    public static ILockStoreProvider? Find(IServiceProvider services, string storageName) =>
        services.GetKeyedService<ILockStoreProvider>(storageName)
        ?? (services.GetKeyedService<IGrainStorage>(storageName) is { } storage
            ? new GrainStorageLocks(storage, RedisLink.Find(services, storage, storageName))
            : null);

    public ILockStore Open(LockSpace space, string key)
    {
        var grainId = GrainId.Create(TypeOf(space), key);
        return _writes is null ? new GrainLockStore(storage, grainId) : new RedisLockStore(storage, grainId, _writes);
    }

    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(GrainStorageRules.FindProblem(storage));

    /// <summary>Finds out whether idle records may be deleted here. It may keep its records in grains, so the silo must be active.</summary>
    /// <exception cref="Exception">The storage does not answer; nothing is known.</exception>
    public async Task LookIntoDeletionAsync(CancellationToken cancellationToken) =>
        ForgetProblem = await DeletionProbe.FindProblemAsync(this, cancellationToken);

    public IAsyncEnumerable<string> ListAsync(LockSpace space, string prefix = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return _listing is not null
            ? _listing.ListAsync(TypeOf(space), prefix, cancellationToken)
            : throw new NotSupportedException($"The grain storage {Name} cannot list the keys that it has records of.");
    }

    private static GrainType TypeOf(LockSpace space) => space switch
    {
        LockSpace.Lock => LockType,
        LockSpace.Session => SessionType,
        LockSpace.System => SystemType,
        _ => throw new ArgumentOutOfRangeException(nameof(space), space, "It must be one of the key spaces."),
    };
}
