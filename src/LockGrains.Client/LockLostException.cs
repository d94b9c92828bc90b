using System.Globalization;

namespace LockGrains;

/// <summary>The lock is not held any more: somebody else may hold it, or soon will.</summary>
public sealed class LockLostException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="key">The lock's key.</param>
    /// <param name="fencingToken">The fencing token of the hold that is over.</param>
    /// <param name="end">Why it is over.</param>
    public LockLostException(string key, long fencingToken, EndReason end)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"The lock '{key}' (fencing token {fencingToken}) is not held any more: {Explain(end)}."))
    {
        Key = key;
        FencingToken = fencingToken;
        End = end;
    }

    /// <summary>The lock's key.</summary>
    public string Key { get; internal set; }

    /// <summary>The fencing token of the hold that is over.</summary>
    public long FencingToken { get; internal set; }

    /// <summary>
    /// Why it is over, where that is known. <see cref="EndReason.Expired"/> also when this machine's clock alone said so.
    /// </summary>
    public EndReason End { get; internal set; }

    private static string Explain(EndReason end) => end switch
    {
        EndReason.Released => "it was released",
        EndReason.Expired => "its lease was not renewed in time",
        EndReason.Revoked => "it was revoked",
        EndReason.SessionEnded => "its session is over",
        _ => "the silo says that it does not hold it",
    };
}
