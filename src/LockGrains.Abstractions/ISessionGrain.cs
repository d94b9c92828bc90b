using Orleans.Concurrency;

namespace LockGrains;

/// <summary>What a session's lock is asked by the locks that are held under it. In all else it is a lock like any other.</summary>
[Alias("lockgrains.ISessionGrain")]
internal interface ISessionGrain : IGrainWithStringKey
{
    /// <summary>Waits until a session is over, or for a time. Its end is told only when it is in storage.</summary>
    /// <param name="fencingToken">The token of the session.</param>
    /// <param name="wait">The longest to wait; 0 for not at all.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    [Alias("AwaitEnd")]
    [ResponseTimeout(AcquireCall.ResponseTimeoutText)]
    ValueTask<SessionStatus> AwaitEndAsync(long fencingToken, TimeSpan wait, CancellationToken cancellationToken = default);

    /// <summary>Somebody has revoked a hold under the session: its holder is to be told with the next heartbeat. Nobody waits for this, and it may be lost.</summary>
    /// <param name="key">The lock's key.</param>
    [Alias("LeaveWord")]
    [OneWay]
    ValueTask LeaveWordAsync(string key);
}

/// <summary>How a session is. Sent, so the numbers never change.</summary>
[GenerateSerializer]
[Alias("lockgrains.SessionStatus")]
internal enum SessionStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>It was found alive.</summary>
    Alive = 1,

    /// <summary>It is over, and that is in storage.</summary>
    Over = 2,

    /// <summary>Nobody can say.</summary>
    Unknown = 3,
}
