namespace LockGrains;

/// <summary>
/// What the worker of an elected service knows of its leadership. It is a scoped service, and each leadership has a scope of its own: inject it into
/// the worker, or into what the worker uses.
/// <example><code>
/// internal sealed class Scheduler(LeadershipContext context) : BackgroundService
/// {
///     protected override Task ExecuteAsync(CancellationToken stoppingToken) => ScheduleAsync(context.Leadership.FencingToken, stoppingToken);
/// }
/// </code></example>
/// </summary>
public sealed class LeadershipContext
{
    private Leadership? _leadership;

    internal LeadershipContext()
    {
    }

    /// <summary>
    /// The leadership. The service resigns it when the worker has ended, so a worker that wants to give it up returns.
    /// </summary>
    /// <exception cref="InvalidOperationException">This scope is not that of an elected service.</exception>
    public Leadership Leadership => _leadership ?? throw new InvalidOperationException(
        $"There is no leadership here: {nameof(LeadershipContext)} is for the worker of an elected service, and for what its scope makes.");

    internal void Begin(Leadership leadership) => _leadership = leadership;
}
