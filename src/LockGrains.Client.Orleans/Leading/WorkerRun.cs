using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LockGrains;

/// <summary>
/// One run of a worker, under one leadership: it is made in a scope of its own, started, told to stop, and waited for, however long that takes. What
/// comes after it, such as the release of the lock, would let another run at the same time.
/// </summary>
/// <param name="parts">What the service works with.</param>
/// <param name="leadership">The leadership.</param>
/// <param name="onEnding">Told once that the worker was told to stop, or has ended by itself.</param>
internal sealed class WorkerRun(ElectedServiceParts parts, Leadership leadership, Action onEnding)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isEnding;
    private long _endingSince;
    private volatile bool _isRunning;

    /// <summary>Runs the worker to its real end. Throws nothing that the worker throws.</summary>
    /// <param name="hostStop">Cancelled when the host stops.</param>
    public async Task<WorkerEnd> RunAsync(CancellationToken hostStop)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(hostStop, leadership.AtRiskToken);
        using var ended = new CancellationTokenSource();
        var warning = WarnAsync(ended.Token);
        Exception? failure;
        using (stop.Token.UnsafeRegister(_ => BeginEnd(Explain(hostStop)), null))
        using (leadership.LostToken.UnsafeRegister(_ => OnLost(), null))
        {
            failure = await WorkAsync(stop.Token, hostStop).ConfigureAwait(false);
            _isRunning = false;
        }

        await ended.CancelAsync().ConfigureAwait(false);
        await warning.ConfigureAwait(false);
        return new WorkerEnd(stop.IsCancellationRequested, failure, parts.Time.GetElapsedTime(_endingSince));
    }

    private async Task<Exception?> WorkAsync(CancellationToken stop, CancellationToken hostStop)
    {
        if (stop.IsCancellationRequested)
            return null;

        var scope = parts.Scopes.CreateAsyncScope();
        IHostedService? worker = null;
        Exception? failure = null;
        Exception? late = null;
        try
        {
            scope.ServiceProvider.GetRequiredService<LeadershipContext>().Begin(leadership);
            worker = (IHostedService)scope.ServiceProvider.GetRequiredService(parts.WorkerType);
            _isRunning = true;
            await worker.StartAsync(stop).ConfigureAwait(false);
            var end = EndOf(worker);
            if (await Task.WhenAny(end, _ending.Task).ConfigureAwait(false) == end)
                await end.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!stop.IsCancellationRequested)
                failure = exception;
            else if (exception is not OperationCanceledException)
                late = exception;
        }

        // A worker that was told may end before its service hears of that.
        BeginEnd(stop.IsCancellationRequested ? Explain(hostStop) : failure is null ? "it has ended by itself" : "it has failed");
        if (late is not null)
            LogThrew(late);
        if (worker is not null)
            await StopAsync(worker, isKnown: (failure ?? late) is not null).ConfigureAwait(false);
        await TryAsync(scope.DisposeAsync().AsTask()).ConfigureAwait(false);
        return failure;
    }

    /// <summary>Stops the worker, and waits until it has really ended, also where its own stop gives up before.</summary>
    private async Task StopAsync(IHostedService worker, bool isKnown)
    {
        Task stopping;
        try
        {
            // The token says when the stop is no longer graceful: when the lock is lost.
            stopping = worker.StopAsync(leadership.LostToken);
        }
        catch (Exception exception)
        {
            stopping = Task.FromException(exception);
        }

        await TryAsync(stopping).ConfigureAwait(false);
        if (worker is not BackgroundService { ExecuteTask: { } work })
            return;

        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (work.Exception is { } thrown && !isKnown)
            LogThrew(thrown.InnerException ?? thrown);
    }

    private async Task TryAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It was told to stop.
        }
        catch (Exception exception)
        {
            LogThrew(exception);
        }
    }

    /// <summary>When the worker ends by itself. Only of a background service can that be known.</summary>
    private static Task EndOf(IHostedService worker) =>
        worker is BackgroundService { ExecuteTask: { } work } ? work : new TaskCompletionSource().Task;

    private void BeginEnd(string why)
    {
        lock (_gate)
        {
            if (_isEnding)
                return;

            (_isEnding, _endingSince) = (true, parts.Time.GetTimestamp());
        }

        onEnding();
        parts.Logger.WorkerEnds(parts.Key, parts.Worker, leadership.FencingToken, why);
        _ending.TrySetResult();
    }

    private string Explain(CancellationToken hostStop) => hostStop.IsCancellationRequested ? "the host stops"
        : leadership.LostToken.IsCancellationRequested ? "its lock is lost" : "its lock is at risk";

    private async Task WarnAsync(CancellationToken ended)
    {
        await _ending.Task.ConfigureAwait(false);
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(parts.Options.WarnAfter, parts.Time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ended.IsCancellationRequested)
                return;

            parts.Logger.WorkerStillRuns(
                parts.Key,
                parts.Worker,
                leadership.FencingToken,
                parts.Time.GetElapsedTime(_endingSince).TotalSeconds,
                leadership.Handle.Remaining.TotalSeconds);
        }
    }

    private void OnLost()
    {
        if (!_isRunning)
            return;

        if (parts.Options.FailFastAtLoss)
        {
            parts.EndProcess(
                $"LockGrains ends this process: the lock '{parts.Key}' (fencing token {leadership.FencingToken}) is lost while {parts.Worker} still runs, "
                + $"and {nameof(ElectedServiceOptions.FailFastAtLoss)} is set.");
        }

        parts.Logger.LostWhileRunning(parts.Key, parts.Worker, leadership.FencingToken);
    }

    private void LogThrew(Exception exception) => parts.Logger.WorkerThrewAtEnd(parts.Key, parts.Worker, leadership.FencingToken, exception);
}
