using LockGrains.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace LockGrains;

/// <summary>Refuses to start a silo whose settings would break or silently weaken a promise, naming setting, value and remedy.</summary>
internal sealed class LockGrainOptionsValidator(
    IServiceProvider services, IOptions<LockGrainOptions> options) : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        var settings = options.Value;
        var problems = new List<string>();
        if (settings.Policy is null)
            throw new OrleansConfigurationException($"{nameof(LockGrainOptions)}.{nameof(LockGrainOptions.Policy)} is null; give it a {nameof(LockPolicy)}.");
        problems.AddRange(settings.Policy.Problems().Select(problem => $"{nameof(LockGrainOptions)}.{nameof(LockGrainOptions.Policy)}.{problem}"));

        if (string.IsNullOrWhiteSpace(settings.StorageName))
            problems.Add($"{nameof(LockGrainOptions)}.{nameof(LockGrainOptions.StorageName)} is empty; name a grain storage.");
        else if (GrainStorageLocks.Find(services, settings.StorageName) is null)
            problems.Add(
                $"There is no storage named '{settings.StorageName}' ({nameof(LockGrainOptions)}.{nameof(LockGrainOptions.StorageName)}). "
                + $"Call {nameof(LockGrainsSiloBuilderExtensions.AddLockGrainsRedisStorage)}, or "
                + $"{nameof(LockGrainsSiloBuilderExtensions.AddLockGrainsMemoryStorage)} where losing all locks with the process is fine.");

        if (services.GetKeyedService<ILockStoreProvider>(settings.StorageName) is null
            && services.GetKeyedService<IGrainStorage>(settings.StorageName) is { } storage
            && GrainStorageRules.FindProblem(storage) is { } problem)
            problems.Add(problem);
        problems.AddRange(RedisStorageRules.Problems(services, settings.StorageName));
        if (problems.Count > 0)
            throw new OrleansConfigurationException("LockGrains cannot start: " + string.Join(" ", problems));
    }
}
