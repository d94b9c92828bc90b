namespace LockGrains;

/// <summary>The session is over, and with it all that was held under it and all that waited to be. Open another one.</summary>
public sealed class LockSessionLostException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="sessionId">The session's id.</param>
    /// <param name="end">Why it is over.</param>
    public LockSessionLostException(string sessionId, EndReason end)
        : base($"The session {sessionId} is over: {Explain(end)}.")
    {
        SessionId = sessionId;
        End = end;
    }

    /// <summary>The session's id.</summary>
    public string SessionId { get; internal set; }

    /// <summary>Why it is over, where that is known. <see cref="EndReason.Expired"/> also when this machine's clock alone said so.</summary>
    public EndReason End { get; internal set; }

    private static string Explain(EndReason end) => end switch
    {
        EndReason.Released => "it was disposed",
        EndReason.Expired => "it was not renewed in time",
        EndReason.Revoked => "it was revoked",
        _ => "the silo says so",
    };
}
