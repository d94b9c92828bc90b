namespace LockGrains;

/// <summary>
/// A service of this process that <c>AddElectedHostedService</c> added, for others in the process to ask whether it leads. Inject all of them as
/// <c>IEnumerable&lt;IElectedService&gt;</c>, or one by its key: <c>[FromKeyedServices("scheduler")] IElectedService scheduler</c>.
/// <para>
/// It says what was true just now. Work that must not be done by two belongs into the worker, where a token tells when to stop.
/// </para>
/// </summary>
public interface IElectedService
{
    /// <summary>The lock's key.</summary>
    string Key { get; }

    /// <summary>The type of its worker.</summary>
    Type WorkerType { get; }

    /// <summary>What it does just now.</summary>
    ElectedServiceState State { get; }

    /// <summary>Whether its worker runs and has not been told to stop.</summary>
    bool IsLeader { get; }

    /// <summary>The fencing token of its leadership; null where it has none. It still has one while its worker comes to its end.</summary>
    long? FencingToken { get; }
}
