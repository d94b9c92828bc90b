using LockGrains.Core;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime.Placement;

namespace LockGrains;

/// <summary>
/// Runs tidy passes, one at a time in the cluster. Should two of them be alive for a while, keys are looked at twice, which changes nothing.
/// </summary>
[GrainType("lockgrains.tidy")]
[Reentrant]
internal sealed class TidyGrain(LockGrainHost host, ILockStoreProvider stores, IClusterMembershipService membership, ILogger<TidyGrain> logger)
    : Grain, ITidyGrain, IDisposable
{
    /// <summary>
    /// A silo that asks so soon after a pass has begun asks for what that pass finds: each silo reports a silo that is gone. Another pass would
    /// look at each key again before it is forgotten, and a look is a use.
    /// </summary>
    internal static readonly TimeSpan SameRequest = TimeSpan.FromSeconds(30);

    private const int TriesMax = 5;

    // Orleans must not collect it in the middle of a pass.
    private static readonly TimeSpan PassMax = TimeSpan.FromHours(6);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _end = new();
    private TidyReport _last = new();
    private TidyPass? _pass;
    private Task _running = Task.CompletedTask;
    private int _passes;
    private int _wanted;
    private int _looks;
    private long? _beganAt;

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _end.CancelAsync();

    public void Dispose() => _end.Dispose();

    public ValueTask StartAsync()
    {
        if (FindProblem() is { } problem)
        {
            _last = new TidyReport { Passes = ++_passes, Problem = problem };
            return ValueTask.CompletedTask;
        }

        // One more at most: it sees all that two would.
        _wanted = Math.Min(_wanted + 1, 2);
        if (_running.IsCompleted)
            _running = RunAsync();
        return ValueTask.CompletedTask;
    }

    public ValueTask StartUnlessBegunAsync() =>
        _beganAt is { } beganAt && host.Time.GetElapsedTime(beganAt) < SameRequest ? ValueTask.CompletedTask : StartAsync();

    public ValueTask<TidyReport> GetReportAsync() =>
        ValueTask.FromResult((_pass?.Report ?? _last) with { Passes = _passes });

    private string? FindProblem() =>
        !stores.CanForget ? $"Nothing is forgotten here: the storage {stores.Name} cannot be trusted to delete."
        : host.Policy.ForgetAfter == Timeout.InfiniteTimeSpan ? $"Nothing is forgotten here: {nameof(LockPolicy.ForgetAfter)} is infinite."
        : !stores.CanList ? $"The storage {stores.Name} cannot list its keys."
        : null;

    private async Task RunAsync()
    {
        DelayDeactivation(PassMax);
        while (_wanted > 0 && !_end.IsCancellationRequested)
        {
            _passes++;
            _beganAt = host.Time.GetTimestamp();
            await PassAsync();
            _wanted--;
        }

        DelayDeactivation(TimeSpan.FromMinutes(1));
    }

    private async Task PassAsync()
    {
        for (var tries = 1; ; tries++)
        {
            var pass = _pass = new TidyPass(stores, LookAsync, host.Policy.ForgetAfter, host.Time);
            try
            {
                await pass.RunAsync(_end.Token);
                _last = pass.Report;
                TidyLog.Passed(logger, _last.Records, _last.InUse, _last.LeftBehind, _last.Unreadable, _last.Elapsed);
                return;
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The storage is in trouble, most likely. What was looked at until then is as good as done.
                _last = pass.Report with { IsRunning = false, Problem = exception.Message };
                TidyLog.Failed(logger, exception.Message);
                if (tries == TriesMax)
                    return;
            }
            finally
            {
                _pass = null;
            }

            await Task.Delay(RetryAfter, host.Time, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    /// <summary>Has a key looked at, on each silo in turn: thousands of them make activations that stay until they have forgotten.</summary>
    private async Task LookAsync(LockSpace space, string key)
    {
        var silos = membership.CurrentSnapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress).ToArray();
        if (silos.Length > 0)
            RequestContext.Set(IPlacementDirector.PlacementHintKey, silos[_looks++ % silos.Length]);
        try
        {
            var grain = space == LockSpace.Session ? GrainFactory.GetSession(key) : GrainFactory.GetLock(key);
            await grain.GetInfoAsync(_end.Token);
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
    }
}
