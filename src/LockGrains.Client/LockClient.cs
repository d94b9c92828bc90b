using System.Diagnostics.Metrics;
using LockGrains.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>
/// The client of LockGrains over a transport. Usually made by <c>services.AddLockGrainsClient()</c>; see <see cref="ILockClient"/>.
/// </summary>
public sealed class LockClient : ILockClient
{
    private readonly ILockTransport _transport;
    private readonly ClientRuntime _runtime;
    private readonly KeeperSet _keepers = new();
    private readonly ClientStop _stop;

    internal LockClient(
        ILockTransport transport,
        LockClientOptions? options = null,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null,
        IMeterFactory? meterFactory = null,
        Func<double>? nextJitter = null,
        IRenewalPost? renewals = null,
        TimeProvider? logTime = null,
        LeakWatch? leaks = null,
        IWatch? watch = null)
    {
        // A copy: what was checked must be what is used.
        var settings = (options ?? new LockClientOptions()) with { };
        LockClientOptionsValidator.ThrowIfInvalid(settings);
        _transport = transport;
        var logger = (ILogger?)loggerFactory?.CreateLogger<LockClient>() ?? NullLogger.Instance;
        _runtime = new ClientRuntime(
            transport, settings, BootTimeProvider.InPlaceOf(timeProvider), logger, new LockClientMetrics(meterFactory), nextJitter, renewals, logTime, leaks, watch);
        _stop = new ClientStop(_runtime, _keepers);
    }

    /// <summary>How many handles hold a lock.</summary>
    internal int LiveHandles => _keepers.HeldCount;

    /// <summary>The locks that it holds.</summary>
    internal IEnumerable<LeaseKeeper> Held => _keepers.Held;

    /// <summary>How it ends.</summary>
    internal ClientStop Ending => _stop;

    /// <summary>Makes a client over a transport of one's own.</summary>
    /// <param name="transport">How to reach the locks. It must outlive this client.</param>
    /// <param name="options">The settings; null for the defaults. They are copied.</param>
    /// <param name="timeProvider">
    /// The clock and the timers; null for the system's, beside which losses are told by a thread of the client's own. On Linux the client
    /// then counts by the clock that goes on while the machine is suspended.
    /// </param>
    /// <param name="loggerFactory">Where to log; null for nowhere.</param>
    /// <param name="meterFactory">Makes the meter "LockGrains.Client"; null to make one that this client owns.</param>
    /// <exception cref="OptionsValidationException">An option is out of its range; names each one that is.</exception>
    public static LockClient Create(
        ILockTransport transport,
        LockClientOptions? options = null,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null,
        IMeterFactory? meterFactory = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        return new LockClient(transport, options, timeProvider, loggerFactory, meterFactory);
    }

    /// <inheritdoc/>
    public ValueTask<LockHandle> AcquireAsync(
        string key, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var terms = AcquireTerms.Create(key, wait ?? Timeout.InfiniteTimeSpan, options, _runtime);
        _stop.ThrowIfDisposed();
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockHandle>(cancellationToken)
            : new ValueTask<LockHandle>(AcquireOrThrowAsync());

        async Task<LockHandle> AcquireOrThrowAsync()
        {
            var (handle, loop) = await RunAcquireAsync(terms, cancellationToken).ConfigureAwait(false);
            return handle ?? throw new LockTimeoutException(terms.Key, loop.WaitedAtMost, loop.Place);
        }
    }

    /// <inheritdoc/>
    public ValueTask<LockHandle?> TryAcquireAsync(
        string key, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var terms = AcquireTerms.Create(key, wait, options, _runtime);
        _stop.ThrowIfDisposed();
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockHandle?>(cancellationToken)
            : new ValueTask<LockHandle?>(AcquireOrNullAsync());

        async Task<LockHandle?> AcquireOrNullAsync() =>
            (await RunAcquireAsync(terms, cancellationToken).ConfigureAwait(false)).Handle;
    }

    /// <inheritdoc/>
    public ValueTask<LockGroup> AcquireAllAsync(
        IReadOnlyCollection<LockTarget> targets, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var attempt = MakeAttempt(targets, wait ?? Timeout.InfiniteTimeSpan, options);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockGroup>(cancellationToken)
            : new ValueTask<LockGroup>(AcquireOrThrowAsync());

        async Task<LockGroup> AcquireOrThrowAsync() =>
            await attempt.RunAsync(cancellationToken).ConfigureAwait(false) ?? throw attempt.MakeTimeout();
    }

    /// <inheritdoc/>
    public ValueTask<LockGroup?> TryAcquireAllAsync(
        IReadOnlyCollection<LockTarget> targets, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var attempt = MakeAttempt(targets, wait, options);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockGroup?>(cancellationToken)
            : new ValueTask<LockGroup?>(attempt.RunAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<LockSession> OpenSessionAsync(LockSessionOptions? options = null, CancellationToken cancellationToken = default)
    {
        var terms = AcquireTerms.OfSession(LockSession.MakeId(), options, _runtime);
        _stop.ThrowIfDisposed();
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockSession>(cancellationToken)
            : new ValueTask<LockSession>(OpenAsync());

        async Task<LockSession> OpenAsync()
        {
            var (hold, _) = await RunAcquireAsync(terms, cancellationToken).ConfigureAwait(false);
            return new LockSession(_runtime, _stop, RunAcquireAsync, options ?? new(), terms, hold ?? throw new LockUnavailableException(
                terms.Key, "No session could be opened: there was no usable reply in time.", mayHaveTakenEffect: false, null));
        }
    }

    /// <inheritdoc/>
    public ValueTask<RevokeReply> RevokeSessionAsync(string id, CancellationToken cancellationToken = default)
    {
        LockKey.Validate(id, nameof(id));
        _stop.ThrowIfDisposed();

        return AskAsync(
            id, // under which no other session comes, so that the call may be repeated
            static grain => grain.RevokeAsync(0, CancellationToken.None),
            static reply => reply.Status is RevokeStatus.Revoked or RevokeStatus.NotHeld,
            _runtime.Options.UnavailableTimeout,
            $"The revocation of the session '{id}' was not confirmed.",
            mayHaveTakenEffect: true, cancellationToken, _transport.GetSession(id));
    }

    /// <inheritdoc/>
    public ValueTask<LockInfo> GetInfoAsync(string key, CancellationToken cancellationToken = default)
    {
        LockKey.Validate(key);
        return AskInfoAsync(key, $"Nobody could say who holds the lock '{key}'.", _transport.GetLock, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<LockInfo> GetSessionInfoAsync(string id, CancellationToken cancellationToken = default)
    {
        LockKey.Validate(id, nameof(id));
        return AskInfoAsync(id, $"Nobody could say whether the session '{id}' lives.", _transport.GetSession, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<LockInfo> WatchAsync(string key, CancellationToken cancellationToken = default)
    {
        LockKey.Validate(key);
        _stop.ThrowIfDisposed();
        return _stop.ReadAsync<LockInfo>(() => new WatchLoop(_runtime, _transport, key).NextAsync, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<LockListPage> ListAsync(string prefix = "", LockListOptions? options = null, CancellationToken cancellationToken = default)
    {
        var first = (options ?? new LockListOptions()).ToRequest(prefix, ListLoop.GetSiloTimeout(_runtime));
        ThrowIfListsNothing();
        _stop.ThrowIfDisposed();
        return _stop.ReadAsync<LockListPage>(() => new ListLoop(_runtime, _transport, first).NextAsync, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<LockListUpdate> WatchPrefixAsync(string prefix = "", CancellationToken cancellationToken = default)
    {
        LockPrefix.Validate(prefix);
        ThrowIfListsNothing();
        _stop.ThrowIfDisposed();
        return _stop.ReadAsync<LockListUpdate>(() => new ListWatchLoop(_runtime, _transport, prefix).NextAsync, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ValueReply> GetValueAsync(string key, CancellationToken cancellationToken = default)
    {
        LockKey.Validate(key);
        _stop.ThrowIfDisposed();
        return AskAsync(
            key,
            grain => grain.GetValueAsync(CancellationToken.None),
            static reply => reply.Status == ValueStatus.Current,
            _runtime.Options.UnavailableTimeout,
            $"Nobody could say what value the lock '{key}' has.",
            mayHaveTakenEffect: false,
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<LimitReply> SetLimitAsync(string key, int? limit, int? expected = null, CancellationToken cancellationToken = default)
    {
        LockKey.Validate(key);
        if (limit is < 1 or > LockPolicy.PermitsMax)
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"A limit must be 1 to {LockPolicy.PermitsMax}, or null for none.");
        if (expected is < 0 or > LockPolicy.PermitsMax)
            throw new ArgumentOutOfRangeException(nameof(expected), expected, $"An expected limit must be 0, for none, to {LockPolicy.PermitsMax}.");
        _stop.ThrowIfDisposed();
        return SetAsync();

        async ValueTask<LimitReply> SetAsync()
        {
            var failure = $"Nobody could say what limit the lock '{key}' has, so none was set.";
            var info = await AskInfoAsync(key, failure, _transport.GetLock, cancellationToken).ConfigureAwait(false);
            if (!info.Known)
                throw new LockUnavailableException(key, failure, innerException: null);
            if (expected is not null && expected != (info.Limit ?? 0))
                return new LimitReply { Status = LimitStatus.Conflict, Limit = info.Limit, Version = info.LimitVersion };

            var reply = await ReplaceAsync(info.LimitVersion).ConfigureAwait(false);

            // Another operator was quicker. Where any limit is to be replaced, that one is, too.
            while (reply.Status == LimitStatus.Conflict && expected is null)
                reply = await ReplaceAsync(reply.Version).ConfigureAwait(false);
            return reply;
        }

        ValueTask<LimitReply> ReplaceAsync(long version) => AskAsync(
            key,
            grain => grain.SetLimitAsync(limit, version, CancellationToken.None),
            static reply => reply.Status is LimitStatus.Current or LimitStatus.Conflict or LimitStatus.Refused,
            _runtime.Options.UnavailableTimeout,
            $"The limit of the lock '{key}' was not confirmed.",
            mayHaveTakenEffect: true,
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<RevokeReply> RevokeAsync(string key, long fencingToken = 0, CancellationToken cancellationToken = default)
    {
        LockKey.Validate(key);
        if (fencingToken < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(fencingToken), fencingToken, "A fencing token must be more than 0, or 0 to revoke whatever is held.");
        }

        _stop.ThrowIfDisposed();
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
    /// Ends every wait with <see cref="ObjectDisposedException"/>, and waits for the releases and cancels that are on their way, for <see
    /// cref="LockClientOptions.AttemptTimeout"/> at most. Never throws. Call it before the cluster client is stopped.
    /// <para>
    /// A handle that was not disposed is not released: its owner may still work under the lock. It is not renewed any more, its tokens tell
    /// when its lease is over, and a warning names it. So dispose the handles first.
    /// </para>
    /// </summary>
    public async ValueTask DisposeAsync() => await _stop.DisposeAsync().ConfigureAwait(false);

    /// <summary>
    /// As <see cref="DisposeAsync"/>, but waits for nothing: the releases and cancels that are on their way go on in the background. Those that
    /// the end of the process, or of the cluster client, is quicker than are left to their leases.
    /// </summary>
    public void Dispose() => _ = _stop.DisposeAsync();

    private async Task<(LockHandle? Handle, AcquireLoop Loop)> RunAcquireAsync(
        AcquireTerms terms, CancellationToken cancellationToken)
    {
        if (!_runtime.Pending.TryBegin())
            throw _stop.MakeEnded();
        using var span = LockClientMetrics.StartAcquire(terms.Key);
        using var linked = cancellationToken.CanBeCanceled
            ? _runtime.Watch.Link(cancellationToken, _stop.Ending)
            : null;
        var givingUp = linked?.Token ?? _stop.Ending;
        var outcome = AcquireOutcome.Failed;
        var beganAt = _runtime.Now;
        try
        {
            await _transport.WhenReadyAsync(terms.Key, terms.GetPatience(), _runtime.Time, givingUp).ConfigureAwait(false);
            var grain = terms.Holds is null ? _transport.GetLock(terms.Key) : _transport.GetSession(terms.Key);
            var loop = new AcquireLoop(_runtime, grain, terms, new AcquireCalls(_runtime, grain, terms), beganAt);
            var grant = await loop.RunAsync(givingUp).ConfigureAwait(false);
            var handle = grant is null ? null : Keep(grain, terms, grant);
            outcome = handle is null ? AcquireOutcome.NotAcquired : AcquireOutcome.Granted;
            return (handle, loop);
        }
        catch (OperationCanceledException) when (givingUp.IsCancellationRequested)
        {
            outcome = AcquireOutcome.Cancelled;
            cancellationToken.ThrowIfCancellationRequested();
            throw _stop.MakeEnded();
        }
        catch (Exception exception) when (exception is LockQueueFullException or LockUnavailableException)
        {
            outcome = exception is LockQueueFullException ? AcquireOutcome.QueueFull : AcquireOutcome.Unavailable;
            throw;
        }
        finally
        {
            _runtime.Metrics.OnAcquireEnded(outcome, _runtime.Now - beganAt, span);
            _runtime.Pending.End();
        }
    }

    private void ThrowIfListsNothing()
    {
        if (!_transport.CanList)
            throw new NotSupportedException("The transport of this client cannot list locks.");
    }

    private LockHandle Keep(IRemoteLock grain, AcquireTerms terms, Grant grant)
    {
        var keeper = new LeaseKeeper(_runtime, grain, terms, grant, _stop);
        var isKept = _keepers.TryAdd(keeper);
        var handle = keeper.Start();
        var isUnder = terms.Session?.Holds.TryAdd(keeper) ?? true;
        if (isKept && isUnder)
            return handle;

        // Granted while the client was stopping, or its session ended. Nobody was given the handle, so nobody works under the lock.
        keeper.GiveBack();
        throw isKept ? terms.Session!.MakeOver() : _stop.MakeEnded();
    }

    private GroupAttempt MakeAttempt(IReadOnlyCollection<LockTarget> targets, TimeSpan wait, AcquireOptions? options)
    {
        AcquireTerms[] terms = [.. LockTarget.InOrder(targets).Select(target => AcquireTerms.Create(target.Key, wait, target.Over(options), _runtime))];
        _stop.ThrowIfDisposed();
        return new GroupAttempt(_runtime, _stop, terms, wait, RunAcquireAsync);
    }

    private ValueTask<LockInfo> AskInfoAsync(string key, string failure, Func<string, IRemoteLock> find, CancellationToken cancellationToken)
    {
        _stop.ThrowIfDisposed();
        return AskAsync(
            key,
            static grain => grain.GetInfoAsync(CancellationToken.None),
            static _ => true,
            _runtime.Options.UnavailableTimeout,
            failure,
            mayHaveTakenEffect: false, cancellationToken, find(key));
    }

    private async ValueTask<T> AskAsync<T>(
        string key,
        Func<IRemoteLock, ValueTask<T>> call,
        Func<T, bool> isDefinite,
        TimeSpan patience,
        string failure,
        bool mayHaveTakenEffect,
        CancellationToken cancellationToken,
        IRemoteLock? of = null)
        where T : class
    {
        await _transport.WhenReadyAsync(key, _runtime.Options.UnavailableTimeout, _runtime.Time, cancellationToken).ConfigureAwait(false);
        var grain = of ?? _transport.GetLock(key);
        var answer = await _runtime.AskAsync(() => call(grain), isDefinite, patience, cancellationToken).ConfigureAwait(false);
        return answer.Reply ?? throw (mayHaveTakenEffect
            ? new LockUnavailableException(key, failure, mayHaveTakenEffect, answer.Problem)
            : new LockUnavailableException(key, failure, answer.Problem));
    }
}
