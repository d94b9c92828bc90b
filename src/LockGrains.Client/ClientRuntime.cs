using System.Collections.Immutable;
using LockGrains.Core;
using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>
/// What every part of one client shares: its settings, its clock, and the two ways of calling the cluster, once or repeatedly,
/// both bounded.
/// </summary>
internal sealed class ClientRuntime
{
    private readonly ILockTransport _transport;
    private readonly Func<double> _nextJitter;
    private readonly long _origin;

    public ClientRuntime(
        ILockTransport transport,
        LockClientOptions options,
        TimeProvider time,
        ILogger logger,
        LockClientMetrics metrics,
        Func<double>? nextJitter = null,
        IRenewalPost? renewals = null,
        TimeProvider? logTime = null,
        LeakWatch? leaks = null,
        IWatch? watch = null)
    {
        Options = options;
        Time = time;
        Logger = new ClientLog(logger, logTime ?? TimeProvider.System);
        Metrics = metrics;
        Policy = MakePolicy(options);
        _transport = transport;
        _nextJitter = nextJitter ?? Random.Shared.NextDouble;
        _origin = time.GetTimestamp();
        Pending = new PendingWork(this);
        Leaks = leaks ?? new LeakWatch();
        var post = renewals ?? (transport.SendsBatches ? new RenewalPost(transport) : null);
        Renewals = new RenewalBatches(metrics, options.RenewalWindow, post);
        Heartbeats = new Heartbeats(this, post);
        Watch = watch ?? (ReferenceEquals(time, BootTimeProvider.Best) ? ThreadWatch.Instance : new TimerWatch(time));
    }

    public LockClientOptions Options { get; }

    public RenewalPolicy Policy { get; }

    public TimeProvider Time { get; }

    public ClientLog Logger { get; }

    public LockClientMetrics Metrics { get; }

    public PendingWork Pending { get; }

    public RenewalBatches Renewals { get; }

    public Heartbeats Heartbeats { get; }

    public IWatch Watch { get; }

    public LeakWatch Leaks { get; }

    /// <summary>The monotonic time since the client was made, a suspend of the machine included. Leases are counted by nothing else.</summary>
    public TimeSpan Now => Time.GetElapsedTime(_origin);

    /// <summary>How a client with these settings counts a lease.</summary>
    public static RenewalPolicy MakePolicy(LockClientOptions options) => new()
    {
        DriftRate = options.DriftRate,
        SafetyMargin = options.SafetyMargin,
        AttemptTimeout = options.AttemptTimeout,
        Backoff = new RetryBackoff(options.RetryDelay, options.RetryDelayMax),
    };

    /// <summary>
    /// How long something may be left of a request whose outcome is unknown: its last copy on the way, its wait, its lease.
    /// </summary>
    public TimeSpan GetAftermath(TimeSpan lease) => Repetition.GetAftermath(_transport.MessageLifetimeMax, LockPolicy.BeatingSlice, lease);

    /// <summary>So long, but no longer than one call to the cluster may take.</summary>
    public TimeSpan AtMostOneAttempt(TimeSpan time) => time < Options.AttemptTimeout ? time : Options.AttemptTimeout;

    public double NextJitter() => _nextJitter();

    public Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken) => Task.Delay(delay, Time, cancellationToken);

    /// <summary>
    /// Calls the cluster once and waits so long, or until a gateway is lost, when the answer may never come. The call itself is not
    /// cancelled then: it is abandoned, its late reply is dropped, and its exception is observed.
    /// </summary>
    public async Task<T> CallAsync<T>(Func<ValueTask<T>> call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<T>? task = null;
        try
        {
            if (!await _transport.MayCallAsync(timeout, Time, cancellationToken).ConfigureAwait(false))
                throw new IOException("No gateway of the cluster can be reached.");

            var loss = _transport.NextLoss;
            using var either = loss.CanBeCanceled && cancellationToken.CanBeCanceled
                ? CancellationTokenSource.CreateLinkedTokenSource(loss, cancellationToken) : null;
            task = Begin(call).AsTask();
            var reply = await task.WaitAsync(timeout, Time, either?.Token ?? (loss.CanBeCanceled ? loss : cancellationToken))
                .ConfigureAwait(false);
            if (IsUnknown(reply))
                Logger.CallFailed(MakeUnknownAnswer(GetDetail(reply)));
            else
                Logger.CallAnswered();
            return reply;
        }
        catch (Exception exception)
        {
            _ = task?.ContinueWith(
                static abandoned => _ = abandoned.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            var isLoss = exception is OperationCanceledException && task is not { IsCompleted: true };
            if (isLoss)
                cancellationToken.ThrowIfCancellationRequested();
            var problem = isLoss ? new IOException("A gateway was lost while the call was on its way.") : exception;
            if (!cancellationToken.IsCancellationRequested)
                Logger.CallFailed(problem);
            if (isLoss)
                throw problem;

            throw;
        }
    }

    /// <summary>
    /// Begins a call here and now, but as the thread pool would: off the scheduler of a grain and off any other context. Where Orleans
    /// has to look a lock up or to connect, it awaits that on whatever context the call was begun, and a caller that blocks keeps its
    /// own from going on: the message would leave when the attempt is over. Costs nothing where there is no context.
    /// </summary>
    public static ValueTask<T> Begin<T>(Func<ValueTask<T>> call)
    {
        var context = SynchronizationContext.Current;
        if (context is null && TaskScheduler.Current == TaskScheduler.Default)
            return call();

        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            // No hop: the pool's scheduler runs it inline.
            var start = new Task<ValueTask<T>>(call);
            start.RunSynchronously(TaskScheduler.Default);
            return start.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>
    /// Repeats a call until its reply is definite or patience ends; at least once. A patience of 0 means once. Whoever may not call is not kept
    /// waiting, unless that may change meanwhile.
    /// </summary>
    public async Task<Answer<T>> AskAsync<T>(
        Func<ValueTask<T>> call, Func<T, bool> isDefinite, TimeSpan patience, CancellationToken cancellationToken, bool repeatsRefused = false)
        where T : class
    {
        var giveUpAt = Now + patience;
        Repetition? repetition = null;
        while (true)
        {
            Exception? problem = null;
            try
            {
                var reply = await CallAsync(call, Options.AttemptTimeout, cancellationToken).ConfigureAwait(false);
                if (isDefinite(reply))
                    return new Answer<T>(reply);

                problem = MakeUnknownAnswer(GetDetail(reply));
            }
            catch (Exception exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // Whatever it was, the call may have reached the grain: only a reply can say.
                problem = exception;
                if (exception is UnauthorizedAccessException && !repeatsRefused)
                    return new Answer<T>(null, problem);
            }

            repetition ??= new Repetition(Policy.Backoff, giveUpAt);
            if (repetition.OnUnknown(Now, NextJitter()) is not { } pause)
                return new Answer<T>(null, problem);

            await DelayAsync(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The failure that an answer of "unknown" is.</summary>
    public static Exception MakeUnknownAnswer(string? detail) =>
        new InvalidOperationException($"The silo could not say. {detail ?? "It gave no reason."}");

    private static bool IsUnknown(object? reply) => reply switch
    {
        AcquireReply acquire => acquire.Status == AcquireStatus.Unknown,
        CancelReply cancel => cancel.Status == CancelStatus.Unknown,
        ChangeReply change => change.Status == ChangeStatus.Unknown,
        ImmutableArray<BeatReply> beats => beats.IsDefault || beats.All(static beat => beat.Status == BeatStatus.Unknown),
        LockInfo info => !info.Known,
        ReleaseReply release => release.Status == ReleaseStatus.Unknown,
        RenewReply renew => renew.Status == RenewStatus.Unknown,
        RevokeReply revoke => revoke.Status == RevokeStatus.Unknown,
        VerifyReply verify => verify.Status == VerifyStatus.Unknown,
        WatchReply watch => watch.Status == WatchStatus.Unknown,
        ValueReply value => value.Status == ValueStatus.Unknown,
        LimitReply limit => limit.Status == LimitStatus.Unknown,
        _ => false,
    };

    private static string? GetDetail(object? reply) => reply switch
    {
        AcquireReply acquire => acquire.Detail,
        CancelReply cancel => cancel.Detail,
        ChangeReply change => change.Detail,
        LockInfo info => info.Detail,
        ReleaseReply release => release.Detail,
        RenewReply renew => renew.Detail,
        RevokeReply revoke => revoke.Detail,
        VerifyReply verify => verify.Detail,
        WatchReply watch => watch.Detail,
        ValueReply value => value.Detail,
        LimitReply limit => limit.Detail,
        _ => null,
    };

    /// <summary>
    /// Starts work on the thread pool that knows nothing of its starter: neither a grain's scheduler, nor its request context,
    /// nor its span, any of which a lease would otherwise drag along for hours.
    /// </summary>
    public static Task<T> RunDetached<T>(Func<Task<T>> work)
    {
        if (ExecutionContext.IsFlowSuppressed())
            return Task.Run(work);

        using (ExecutionContext.SuppressFlow()) return Task.Run(work);
    }

    /// <summary>
    /// Starts work here and now, which knows nothing of its starter from its first wait on. What comes before, its first message,
    /// is the starter's own.
    /// </summary>
    public static Task<T> StartDetached<T>(Func<Task<T>> work)
    {
        if (ExecutionContext.IsFlowSuppressed())
            return work();

        using (ExecutionContext.SuppressFlow()) return work();
    }
}
