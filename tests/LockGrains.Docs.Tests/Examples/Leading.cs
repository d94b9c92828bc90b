using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LockGrains.Docs.Tests.Examples;

/// <summary>Stands for what the leader does: each entry is written with the leader's token.</summary>
internal sealed class Schedule
{
    private readonly Lock _gate = new();
    private readonly List<long> _tokens = [];
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<long> Tokens
    {
        get { lock (_gate) return [.. _tokens]; }
    }

    /// <summary>Completes with the first entry.</summary>
    public Task Begun => _begun.Task;

    public async Task RunNextAsync(long fencingToken, CancellationToken stop)
    {
        lock (_gate) _tokens.Add(fencingToken);
        _begun.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop); // the next entry is due some day
    }
}

internal sealed class Scheduler(LeadershipContext context, Schedule schedule) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The token tells when to stop. The lock is released when this method has ended, not before.
        while (!stoppingToken.IsCancellationRequested)
            await schedule.RunNextAsync(context.Leadership.FencingToken, stoppingToken);
    }
}

internal sealed class Status([FromKeyedServices("scheduler")] IElectedService scheduler, ILockClient locks)
{
    public bool IsHere => scheduler.IsLeader;

    public async Task<string?> FindAsync()
    {
        var leader = await new LeaderElection(locks, "scheduler").GetLeaderAsync();
        return leader?.Value?.Text; // null while nobody leads
    }
}

internal sealed class Dispatcher(ILockClient locks, string address)
{
    public async Task RunAsync(Func<long, CancellationToken, Task> dispatch, CancellationToken stop)
    {
        var election = new LeaderElection(locks, "dispatcher");
        while (!stop.IsCancellationRequested)
            await election.RunAsync((leadership, told) => dispatch(leadership.FencingToken, told), LockValue.OfText(address), stop);
    }
}

internal static class LeadingHost
{
    public static void Add(IHostApplicationBuilder builder)
    {
        builder.Services.AddElectedHostedService<Scheduler>("scheduler"); // in place of AddHostedService<Scheduler>()
        builder.Services.AddHealthChecks().AddLockGrainsLeaders();
    }

    public static void AddWithSettings(IHostApplicationBuilder builder, string address)
    {
        builder.Services.AddElectedHostedService<Scheduler>("scheduler", options =>
        {
            options.Acquire = new AcquireOptions
            {
                Lease = TimeSpan.FromSeconds(15),      // others wait so long for a leader that died
                TimeToStop = TimeSpan.FromSeconds(6),  // the worker needs so long to stop
                Value = LockValue.OfText(address),     // what the leader proclaims
            };
            options.ExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore; // after a failure: pause, and campaign again
        });
    }
}
