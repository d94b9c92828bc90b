using System.Net;

namespace LockGrains.Chaos;

/// <summary>The storage of a run: a server of its own, and what can be done to it and to the records in it.</summary>
internal abstract class StoreNode(Place place) : IAsyncDisposable
{
    public Place Place => place;

    public abstract IPEndPoint EndPoint { get; }

    public abstract bool IsRunning { get; }

    /// <summary>How it is reached without anything in between.</summary>
    public StoreLink Link => LinkAt(EndPoint);

    /// <summary>Makes the storage of a run, and does not start it.</summary>
    public static StoreNode Create(StoreKind kind, Place place, string folder) =>
        kind == StoreKind.Postgres ? new PostgresNode(place) : new RedisNode(place, folder, FreePort.Find());

    /// <summary>How it is reached by way of an address, be it a proxy's.</summary>
    public abstract StoreLink LinkAt(IPEndPoint endPoint);

    /// <summary>Starts it, or starts it again with its data.</summary>
    public abstract Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Ends it in good order.</summary>
    public abstract Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Ends it as a crash does: it has time for nothing.</summary>
    public abstract Task CrashAsync(CancellationToken cancellationToken);

    /// <summary>Stops it in its tracks: connections stay, answers do not come.</summary>
    public abstract void Pause();

    public abstract void Continue();

    /// <summary>Has it close all connections but the supervisor's.</summary>
    /// <returns>How many there were.</returns>
    public abstract Task<long> KillConnectionsAsync();

    /// <summary>Reads the record of a lock, to be put back later.</summary>
    /// <returns>Puts it back as it is now; null when there is none.</returns>
    public abstract Task<Func<Task>?> CopyRecordAsync(string service, string key);

    /// <returns>Whether there was one.</returns>
    public abstract Task<bool> DeleteRecordAsync(string service, string key);

    /// <summary>Puts bytes, with an ETag that nobody knows, where the record of a lock was.</summary>
    public abstract Task SpoilRecordAsync(string service, string key, byte[] garbage);

    /// <summary>The keys of all locks that have a record and begin with a prefix.</summary>
    public abstract Task<IReadOnlyList<string>> FindKeysAsync(string service, string prefix);

    public abstract ValueTask DisposeAsync();
}
