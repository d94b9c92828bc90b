using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>
/// The client of LockGrains over Orleans. Usually made by <c>services.AddLockGrainsClient()</c>; see <see cref="ILockClient"/>.
/// </summary>
public sealed class LockClient : ILockClient
{
    private readonly Lock _gate = new();
    private readonly Func<string, ILockGrain> _getLock;
    private readonly ClientRuntime _runtime;
    private readonly HashSet<LeaseKeeper> _keepers = [];
    private readonly CancellationTokenSource _disposing = new();
    private Task? _disposal;

    internal LockClient(
        Func<string, ILockGrain> getLock,
        LockClientOptions? options = null,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null,
        IMeterFactory? meterFactory = null,
        Func<double>? nextJitter = null,
        GatewayWatch? gateways = null,
        IRenewalPost? renewals = null,
        TimeProvider? logTime = null)
    {
        // A copy: what was checked must be what is used.
        var settings = (options ?? new LockClientOptions()) with { };
        LockClientOptionsValidator.ThrowIfInvalid(settings);
        _getLock = getLock;
        var logger = (ILogger?)loggerFactory?.CreateLogger<LockClient>() ?? NullLogger.Instance;
        _runtime = new ClientRuntime(
            settings, timeProvider ?? TimeProvider.System, logger, new LockClientMetrics(meterFactory), nextJitter, gateways, renewals, logTime);
    }

    /// <summary>How many handles hold a lock: what a disposal releases.</summary>
    internal int LiveHandles
    {
        get { lock (_gate) return _keepers.Count; }
    }

    /// <summary>Makes a client without dependency injection.</summary>
    /// <param name="grainFactory">
    /// The cluster client, or the grain factory of a silo or a grain. It must outlive this client.
    /// </param>
    /// <param name="options">The settings; null for the defaults. They are copied.</param>
    /// <param name="timeProvider">
    /// The clock and the timers; null for the system's, beside which losses are told by a thread of the client's own.
    /// </param>
    /// <param name="loggerFactory">Where to log; null for nowhere.</param>
    /// <param name="meterFactory">Makes the meter "LockGrains.Client"; null to make one that this client owns.</param>
    /// <exception cref="OptionsValidationException">An option is out of its range; names each one that is.</exception>
    public static LockClient Create(
        IGrainFactory grainFactory,
        LockClientOptions? options = null,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null,
        IMeterFactory? meterFactory = null)
    {
        ArgumentNullException.ThrowIfNull(grainFactory);
        // There if the cluster client's services have AddLockGrainsClient as well.
        var services = (grainFactory as IClusterClient)?.ServiceProvider;
        return new LockClient(
            key => grainFactory.GetLock(key),
            options,
            timeProvider,
            loggerFactory,
            meterFactory,
            gateways: services?.GetService<GatewayWatch>(),
            renewals: services is null || IsInSilo(services) ? null : new RenewalPost(grainFactory));
    }

    /// <summary>
    /// A client inside a silo has no gateways to lose, since Orleans ends its calls to a silo that died, and its calls to the locks beside
    /// it are no messages that could be saved.
    /// </summary>
    internal static bool IsInSilo(IServiceProvider services) => services.GetService<ILocalSiloDetails>() is not null;

    /// <inheritdoc/>
    public ValueTask<LockHandle> AcquireAsync(
        string key, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var terms = AcquireTerms.Create(key, wait ?? Timeout.InfiniteTimeSpan, options, _runtime);
        ThrowIfDisposed();
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockHandle>(cancellationToken)
            : new ValueTask<LockHandle>(AcquireOrThrowAsync());

        async Task<LockHandle> AcquireOrThrowAsync()
        {
            var (handle, loop) = await RunAcquireAsync(terms, cancellationToken).ConfigureAwait(false);
            return handle ?? throw new LockTimeoutException(terms.Key, loop.Waited < terms.Wait ? loop.Waited : terms.Wait, loop.Place);
        }
    }

    /// <inheritdoc/>
    public ValueTask<LockHandle?> TryAcquireAsync(
        string key, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var terms = AcquireTerms.Create(key, wait, options, _runtime);
        ThrowIfDisposed();
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockHandle?>(cancellationToken)
            : new ValueTask<LockHandle?>(AcquireOrNullAsync());

        async Task<LockHandle?> AcquireOrNullAsync() =>
            (await RunAcquireAsync(terms, cancellationToken).ConfigureAwait(false)).Handle;
    }

    /// <inheritdoc/>
    public ValueTask<LockInfo> GetInfoAsync(string key, CancellationToken cancellationToken = default)
    {
        LockKey.Validate(key);
        ThrowIfDisposed();
        return AskAsync(
            key,
            grain => grain.GetInfoAsync(CancellationToken.None),
            static _ => true,
            _runtime.Options.UnavailableTimeout,
            $"Nobody could say who holds the lock '{key}'.",
            mayHaveTakenEffect: false,
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<RevokeReply> RevokeAsync(string key, long fencingToken = 0, CancellationToken cancellationToken = default)
    {
        LockKey.Validate(key);
        if (fencingToken < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(fencingToken), fencingToken, "A fencing token must be more than 0, or 0 to revoke whatever is held.");
        }

        ThrowIfDisposed();
        return AskAsync(
            key,
            grain => grain.RevokeAsync(fencingToken, CancellationToken.None),
            static reply => reply.Status is RevokeStatus.Revoked or RevokeStatus.NotHeld,
            fencingToken == 0 ? TimeSpan.Zero : _runtime.Options.UnavailableTimeout,
            $"The revocation of the lock '{key}' was not confirmed.",
            mayHaveTakenEffect: true,
            cancellationToken);
    }

    /// <summary>
    /// Ends every wait with <see cref="ObjectDisposedException"/>, signals <see cref="LockHandle.HandleLostToken"/> of every live
    /// handle, releases them all at the same time, and waits for that, and for what else goes on in the background, for <see
    /// cref="LockClientOptions.AttemptTimeout"/> at most. Never throws. Call it before the cluster client is stopped.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Task disposal;
        lock (_gate) disposal = _disposal ??= ClientRuntime.RunDetached(DisposeOnceAsync);
        await disposal.ConfigureAwait(false);
    }

    private async Task<int> DisposeOnceAsync()
    {
        _runtime.Pending.Close();
        await _disposing.CancelAsync().ConfigureAwait(false);
        LeaseKeeper[] keepers;
        lock (_gate) keepers = [.. _keepers];
        foreach (var keeper in keepers) keeper.Close();
        var left = await _runtime.Pending.DrainAsync(_runtime.Options.AttemptTimeout).ConfigureAwait(false);
        if (left > 0) _runtime.Logger.DisposedWithWorkLeft(left);
        _runtime.Metrics.Dispose();
        _runtime.Logger.Dispose();
        return left;
    }

    private async Task<(LockHandle? Handle, AcquireLoop Loop)> RunAcquireAsync(
        AcquireTerms terms, CancellationToken cancellationToken)
    {
        var grain = _getLock(terms.Key);
        ObjectDisposedException.ThrowIf(!_runtime.Pending.TryBegin(), this);
        using var span = LockClientMetrics.StartAcquire(terms.Key);
        using var linked = cancellationToken.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token)
            : null;
        var givingUp = linked?.Token ?? _disposing.Token;
        var loop = new AcquireLoop(_runtime, grain, terms);
        var outcome = AcquireOutcome.Failed;
        try
        {
            var grant = await loop.RunAsync(givingUp).ConfigureAwait(false);
            var handle = grant is null ? null : Keep(grain, terms, grant);
            outcome = handle is null ? AcquireOutcome.NotAcquired : AcquireOutcome.Granted;
            return (handle, loop);
        }
        catch (OperationCanceledException) when (givingUp.IsCancellationRequested)
        {
            outcome = AcquireOutcome.Cancelled;
            cancellationToken.ThrowIfCancellationRequested();
            throw MakeDisposedWhileWaiting();
        }
        catch (LockQueueFullException)
        {
            outcome = AcquireOutcome.QueueFull;
            throw;
        }
        catch (LockUnavailableException)
        {
            outcome = AcquireOutcome.Unavailable;
            throw;
        }
        finally
        {
            _runtime.Metrics.OnAcquireEnded(outcome, loop.Waited, span);
            _runtime.Pending.End();
        }
    }

    private LockHandle Keep(ILockGrain grain, AcquireTerms terms, Grant grant)
    {
        var keeper = new LeaseKeeper(_runtime, grain, terms, grant, Forget);
        bool isDisposing;
        lock (_gate)
        {
            isDisposing = _disposal is not null;
            if (!isDisposing) _keepers.Add(keeper);
        }

        var handle = keeper.Start();
        if (!isDisposing) return handle;

        // Granted while the client was being disposed, too late to be among those it releases.
        keeper.Close();
        throw MakeDisposedWhileWaiting();
    }

    private static ObjectDisposedException MakeDisposedWhileWaiting() =>
        new(nameof(LockClient), "The client was disposed while it waited for the lock.");

    private void Forget(LeaseKeeper keeper)
    {
        lock (_gate) _keepers.Remove(keeper);
    }

    private async ValueTask<T> AskAsync<T>(
        string key,
        Func<ILockGrain, ValueTask<T>> call,
        Func<T, bool> isDefinite,
        TimeSpan patience,
        string failure,
        bool mayHaveTakenEffect,
        CancellationToken cancellationToken)
        where T : class
    {
        var grain = _getLock(key);
        var answer = await _runtime.AskAsync(() => call(grain), isDefinite, patience, cancellationToken).ConfigureAwait(false);
        return answer.Reply ?? throw new LockUnavailableException(key, failure, mayHaveTakenEffect, answer.Problem);
    }

    private void ThrowIfDisposed()
    {
        lock (_gate) ObjectDisposedException.ThrowIf(_disposal is not null, this);
    }
}
