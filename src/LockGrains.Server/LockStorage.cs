using System.Security.Cryptography;
using LockGrains.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>
/// The storage that a silo's locks are kept in. It is looked over before the silo becomes active: what would silently weaken a promise
/// stops the start. Afterwards it is asked who it is, and tried for deletion where nobody knows, for as long as it takes.
/// </summary>
internal sealed class LockStorage(
    IServiceProvider services, IOptions<LockGrainOptions> options, TimeProvider timeProvider, ILogger<LockStorage> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    // After the storages have connected, which they do in the stage of the application's services.
    private const int CheckStage = ServiceLifecycleStage.ApplicationServices + 1_000;

    private static readonly TimeSpan RetryMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<Guid> _identity = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private Task _asking = Task.CompletedTask;
    private bool _isTried;

    // Found when it is first asked for: that there is none is for the validator to say, which comes later than this is made.
    private readonly Lazy<ILockStoreProvider> _stores = new(() => GrainStorageLocks.Find(services, options.Value.StorageName)
        ?? throw new InvalidOperationException($"There is no storage named '{options.Value.StorageName}'."));

    public ILockStoreProvider Stores => _stores.Value;

    /// <summary>Who the storage is; known some time after the silo has become active.</summary>
    public Task<Guid> Identity => _identity.Task;

    public void Participate(ISiloLifecycle observer)
    {
        observer.Subscribe(nameof(LockStorage), CheckStage, CheckAsync);
        observer.Subscribe(nameof(LockStorage), ServiceLifecycleStage.Active, StartAsync, StopAsync);
    }

    public void Dispose() => _stop.Dispose();

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (await Stores.FindProblemAsync(cancellationToken) is { } problem)
            throw new OrleansConfigurationException($"LockGrains cannot start: {problem}");
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _asking = Task.Run(AskAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _identity.TrySetCanceled(CancellationToken.None);
    }

    private async Task AskAsync()
    {
        // One candidate for all tries: a write of unknown outcome may have given it.
        var candidate = new Guid(RandomNumberGenerator.GetBytes(16));
        for (var pause = RetryMin; ; pause = pause < RetryMax ? pause * 2 : RetryMax)
        {
            try
            {
                await LookIntoDeletionAsync();
                var identity = await StoreIdentity.GetOrCreateAsync(Stores, candidate, _stop.Token);
                LockGrainLog.StoreIdentified(logger, Stores.Name, identity);
                _identity.TrySetResult(identity);
                return;
            }
            catch (Exception exception) when (!_stop.IsCancellationRequested)
            {
                if (pause == RetryMin)
                    LockGrainLog.StoreNotIdentified(logger, Stores.Name, exception.Message);
            }

            await Task.Delay(pause, timeProvider, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
                return;
        }
    }

    private async Task LookIntoDeletionAsync()
    {
        if (_isTried || Stores is not GrainStorageLocks { CanForget: false } grains)
            return;
        await grains.LookIntoDeletionAsync(_stop.Token);
        _isTried = true;
        if (grains.ForgetProblem is { } reason)
            LockGrainLog.CannotForget(logger, Stores.Name, reason);
    }
}
