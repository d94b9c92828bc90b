using Microsoft.Extensions.Hosting;

namespace LockGrains.Client.Tests.Leading;

/// <summary>A background service that does what the test says.</summary>
internal class ScriptedWorker : BackgroundService
{
    private readonly WorkerScript _script;
    private readonly LeadershipContext _context;

    public ScriptedWorker(WorkerScript script, LeadershipContext context)
    {
        (_script, _context) = (script, context);
        script.OnMake?.Invoke();
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        _script.OnStart?.Invoke();
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _script.OnStop?.Invoke();
        return base.StopAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _script.RunAsync(GetType().Name, _context.Leadership, stoppingToken);
}
