namespace LockGrains;

/// <summary>
/// PostgreSQL could not be reached, refused, or did not say whether a write was applied: nobody knows. The message names the server and
/// never the password.
/// </summary>
public sealed class PostgreSqlStoreException : Exception
{
    /// <summary>
    /// Whether it may be over later: the server is not there yet, starts, stops, or has no connection to spare. A wrong password or an unknown
    /// database stays as it is.
    /// </summary>
    public bool MayPass { get; init; }

    /// <summary>Makes one.</summary>
    public PostgreSqlStoreException()
    {
    }

    /// <summary>Makes one that says what happened.</summary>
    /// <param name="message">What happened, where.</param>
    public PostgreSqlStoreException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one that says what happened and why.</summary>
    /// <param name="message">What happened, where.</param>
    /// <param name="innerException">Why.</param>
    public PostgreSqlStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
