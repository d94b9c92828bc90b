namespace LockGrains;

/// <summary>
/// A server has another store than the one that this client keeps to, or it cannot be told: two lock services are in one list. A lock of one is none of
/// the other, so that server is not used. It comes inside a <see cref="LockUnavailableException"/>, when no server of the client's store replied.
/// </summary>
public sealed class LockStoreMismatchException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="server">The address of the server that is not used.</param>
    /// <param name="store">The store that it names; null where it names none.</param>
    /// <param name="expectedServer">The address of the server that this client saw first.</param>
    /// <param name="expectedStore">The store that this client keeps to; null where the server that it saw first named none.</param>
    public LockStoreMismatchException(string server, string? store, string expectedServer, string? expectedStore)
        : base(MakeMessage(server, store, expectedServer, expectedStore)) =>
        (Server, Store, ExpectedServer, ExpectedStore) = (server, store, expectedServer, expectedStore);

    /// <summary>The address of the server that is not used.</summary>
    public string Server { get; }

    /// <summary>The store that <see cref="Server"/> names; null where it names none.</summary>
    public string? Store { get; }

    /// <summary>The address of the server that this client saw first.</summary>
    public string ExpectedServer { get; }

    /// <summary>The store that this client keeps to; null where <see cref="ExpectedServer"/> named none.</summary>
    public string? ExpectedStore { get; }

    private static string MakeMessage(string server, string? store, string expectedServer, string? expectedStore) =>
        $"The server {server} {(store is null ? "does not name its store" : $"has the store {store}")}, and this client keeps to "
        + $"{(expectedStore is null ? "that of" : $"the store {expectedStore}, which is that of")} {expectedServer}"
        + $"{(expectedStore is null ? ", which named none. " : ". ")}"
        + (store is null || expectedStore is null ? "It cannot be told whether they are the same." : "They are two lock services: name only the servers of one.");
}
