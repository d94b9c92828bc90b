using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>
/// The first thing a silo does: makes tables that are missing, and does not start on a server that would break a promise. Before the
/// membership is read, which may be in tables made here.
/// </summary>
internal sealed class PostgreSqlStart(
    string name, Func<CancellationToken, ValueTask<string?>> prepare, Func<string?> warning, ILogger<PostgreSqlStart> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer) => observer.Subscribe(name, ServiceLifecycleStage.First, PrepareAsync);

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var problem = await prepare(cancellationToken).ConfigureAwait(false);
        if (problem is not null)
            throw new OrleansConfigurationException($"LockGrains cannot start: {problem}");
        if (warning() is { } text)
            PostgreSqlLog.Weak(logger, text);
    }
}

/// <summary>What the PostgreSQL storage logs. Its events have the ids 351 to 399; docs/MONITORING.md lists them.</summary>
internal static partial class PostgreSqlLog
{
    [LoggerMessage(351, LogLevel.Warning, "{Text}")]
    public static partial void Weak(ILogger logger, string text);
}
