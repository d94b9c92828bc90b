using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>What an elected service works with.</summary>
/// <param name="Key">The lock's key.</param>
/// <param name="WorkerType">The type of its worker.</param>
/// <param name="Options">Its settings, which are checked.</param>
/// <param name="Scopes">Makes a scope for each leadership.</param>
/// <param name="Time">The clock of its pauses and warnings.</param>
/// <param name="Logger">Where it logs.</param>
/// <param name="EndProcess">Ends the process at once, with a message.</param>
internal sealed record ElectedServiceParts(
    string Key,
    Type WorkerType,
    ElectedServiceOptions Options,
    IServiceScopeFactory Scopes,
    TimeProvider Time,
    ILogger Logger,
    Action<string> EndProcess)
{
    /// <summary>The worker's name in the log.</summary>
    public string Worker => WorkerType.Name;
}
