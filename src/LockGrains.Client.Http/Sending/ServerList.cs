using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>
/// The servers in their order, and the one that calls go to: it stays until it fails. Their store is that of the first one that replied; a server with
/// another store is another lock service, and what it says counts for nothing.
/// </summary>
internal sealed class ServerList(IEnumerable<Server> servers, ILogger logger)
{
    /// <summary>The store of a server that names none: a host without a silo, or one that cannot read its storage yet.</summary>
    public const string Unnamed = "";

    private readonly Server[] _all = [.. servers];
    private int _current;
    private KnownStore? _store;

    /// <summary>The server that calls go to.</summary>
    public Server Current => _all[Volatile.Read(ref _current)];

    /// <summary>Whether a call may be sent to a server as it is: it was found to have this client's store, or no store is known yet.</summary>
    public bool MayUse(Server server) => Volatile.Read(ref _store) is not { } known || server.Checked == known.Store;

    /// <summary>All servers, each once, from the current one on.</summary>
    public IEnumerable<Server> InTurn()
    {
        var first = Volatile.Read(ref _current);
        for (var index = 0; index < _all.Length; index++)
            yield return _all[(first + index) % _all.Length];
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

    /// <summary>A server has replied: whether that may be used. The first one says which store is this client's.</summary>
    /// <param name="server">Who.</param>
    /// <param name="store">The store that the reply names; null where it names none.</param>
    /// <returns>What is wrong, or null.</returns>
    public LockStoreMismatchException? FindProblem(Server server, string? store)
    {
        var named = new KnownStore(store ?? Unnamed, server.Address);
        var known = Interlocked.CompareExchange(ref _store, named, null) ?? named;

        // The very server names it now. Others that named none are checked again.
        if (known.Store == Unnamed && known.Server == named.Server && named.Store != Unnamed)
        {
            var before = Interlocked.CompareExchange(ref _store, named, known);
            known = before == known ? named : before!;
        }

        if (known.Store == named.Store)
        {
            server.Checked = known.Store;
            return null;
        }

        // One that has named it may not be able to at times.
        if (store is null && server.Checked == known.Store)
            return null;

        server.Checked = null;
        return MakeProblem(server, store, known);
    }

    /// <summary>A server has refused a call: whether it is one of another lock service, which knows nothing of this client.</summary>
    /// <param name="server">Who.</param>
    /// <param name="store">The store that the reply names; null where it names none.</param>
    /// <returns>What is wrong, or null.</returns>
    public LockStoreMismatchException? FindProblemOfRefusal(Server server, string? store) =>
        store is not null && Volatile.Read(ref _store) is { } known && known.Store != store
            && (known.Store != Unnamed || known.Server != server.Address)
            ? MakeProblem(server, store, known)
            : null;

    private LockStoreMismatchException MakeProblem(Server server, string? store, KnownStore known)
    {
        var problem = new LockStoreMismatchException(server.Address, store, known.Server, known.Store == Unnamed ? null : known.Store);

        // Once: it is asked again whenever its turn comes.
        if (server.SetOtherStore(store ?? Unnamed))
            logger.ServerHasAnotherStore(problem.Message);
        return problem;
    }

    private sealed record KnownStore(string Store, string Server);
}
