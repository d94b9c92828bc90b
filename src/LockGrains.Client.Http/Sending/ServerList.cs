using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>
/// The servers in their order, and the one that calls go to: it stays until it fails. Their store is the first that one of them named; a server with
/// another store is another lock service, and what it says counts for nothing.
/// </summary>
internal sealed class ServerList(IEnumerable<Server> servers, ILogger logger)
{
    private readonly Server[] _all = [.. servers];
    private int _current;
    private KnownStore? _store;

    /// <summary>The server that calls go to.</summary>
    public Server Current => _all[Volatile.Read(ref _current)];

    /// <summary>Whether a call may be sent to a server as it is: it has said that it has this client's store, or no store is known yet.</summary>
    public bool MayUse(Server server) => server.IsChecked || Volatile.Read(ref _store) is null;

    /// <summary>All servers, each once, from the current one on.</summary>
    public IEnumerable<Server> InTurn()
    {
        var first = Volatile.Read(ref _current);
        for (var index = 0; index < _all.Length; index++) yield return _all[(first + index) % _all.Length];
    }

    /// <summary>Calls go to the next server, unless they have gone there already.</summary>
    /// <param name="server">The server that failed.</param>
    /// <param name="trouble">What happened, for people.</param>
    public void Leave(Server server, string trouble)
    {
        var index = Array.IndexOf(_all, server);
        var next = (index + 1) % _all.Length;
        if (next != index && Interlocked.CompareExchange(ref _current, next, index) == index)
            logger.ServerLeft(server.Address, _all[next].Address, trouble);
    }

    /// <summary>A server has replied: whether that may be used.</summary>
    /// <param name="server">Who.</param>
    /// <param name="store">The store that the reply names; null where it names none.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? FindProblem(Server server, string? store)
    {
        if (store is null)
        {
            return MayUse(server) ? null
                : $"The server {server.Address} does not name its store, and this client keeps to one with a name. It cannot be told whether they are the same.";
        }

        var named = new KnownStore(store, server.Address);
        var known = Interlocked.CompareExchange(ref _store, named, null) ?? named;
        if (known.Store == store)
        {
            server.IsChecked = true;
            return null;
        }

        server.IsChecked = false;
        var problem = $"The server {server.Address} has the store {store}, and this client keeps to the store {known.Store}, which {known.Server} named first. "
            + "They are two lock services: name only the servers of one.";

        // Once: it is asked again whenever its turn comes.
        if (server.SetOtherStore(store)) logger.ServerHasAnotherStore(problem);
        return problem;
    }

    private sealed record KnownStore(string Store, string Server);
}
