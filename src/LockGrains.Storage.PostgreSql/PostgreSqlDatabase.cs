using System.Data.Common;
using Npgsql;

namespace LockGrains;

/// <summary>
/// The connections to one database, and how a statement is run on them: one round trip, believed only when it came back whole, in time and
/// without a warning. After anything else no connection from before is used again, so what comes next is checked anew.
/// </summary>
/// <remarks>
/// Npgsql's own time-outs and tokens are not used on statements. Where one fires, Npgsql connects once more to send a cancel, and holds a
/// thread until that is done; with a server that hangs, every connection of the pool would hold one.
/// </remarks>
internal sealed class PostgreSqlDatabase : IAsyncDisposable
{
    // A new connection costs both sides more than many statements. With dozens begun at once on a busy machine none is ready in time.
    private const int OpeningMax = 8;

    private readonly SemaphoreSlim _opening = new(OpeningMax);
    private readonly string _connectionString;
    private readonly bool _hasManyHosts;
    private readonly int _commandTimeout;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _patience;
    private readonly TimeSpan _connectPatience;
    private NpgsqlDataSource _source;
    private volatile bool _isPooled;

    public PostgreSqlDatabase(NpgsqlConnectionStringBuilder connection, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        Servers = PostgreSqlConnectionString.NameServers(connection);
        _hasManyHosts = PostgreSqlConnectionString.HasManyHosts(connection);
        _commandTimeout = connection.CommandTimeout;
        _connectPatience = TimeSpan.FromSeconds(connection.Timeout);
        _patience = TimeSpan.FromSeconds(connection.Timeout + connection.CommandTimeout);
        _connectionString = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { CommandTimeout = 0 }.ConnectionString;
        _source = MakeSource();
    }

    /// <summary>The servers, for messages.</summary>
    public string Servers { get; }

    /// <summary>Runs a statement that is one transaction.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="parameters">Its parameters, in order.</param>
    /// <param name="read">Reads a row.</param>
    /// <param name="cancellationToken">Ends the wait, and with it the connection.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="PostgreSqlStoreException">Nobody knows whether it was applied.</exception>
    public async Task<IReadOnlyList<T>> RunAsync<T>(
        string sql, DbParameter[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var attempt = new Attempt(_timeProvider.GetTimestamp());
        var work = RunAsync(attempt, sql, parameters, read);
        try
        {
            return await work.WaitAsync(_patience, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Who waited for a connection in vain knows nothing about those that are open. They stay: else, where many wait, each that gives
            // up would have all others connect again, and no connection would ever be used.
            if (!work.IsCompleted)
                GiveUp(work, attempt);
            else if (attempt.Session != 0 || !PostgreSqlErrors.IsTimeout(exception))
                Forget();
            if (PostgreSqlErrors.IsOurs(exception))
                throw PostgreSqlErrors.Wrap(exception, Servers);
            throw;
        }
    }

    /// <summary>
    /// Uses no connection again that is open now. It may be to a server that is no primary any more, or was set to lose writes, or have a
    /// cancel on its way.
    /// </summary>
    public void Forget() => Volatile.Read(ref _source).Clear();

    public ValueTask DisposeAsync() => Volatile.Read(ref _source).DisposeAsync();

    private static void GiveUpOn(Task work) => _ = work.ContinueWith(
        static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task<List<T>> RunAsync<T>(Attempt attempt, string sql, DbParameter[] parameters, Func<NpgsqlDataReader, T> read)
    {
        var connection = await OpenAsync(attempt).ConfigureAwait(false);
        await using var end = connection.ConfigureAwait(false);
        ThrowIfLate(attempt);
        attempt.Session = connection.ProcessID;

        // Nobody waits for it any more: better not done than done late.
        if (attempt.IsOver)
            throw new TimeoutException();
        using var watch = new WarningWatch(connection);
        var rows = await ReadAsync(connection, sql, parameters, read).ConfigureAwait(false);
        if (watch.Warning is not { } warning)
            return rows;
        Forget();
        throw new PostgreSqlStoreException($"PostgreSQL at {Servers} has done it, but warned: {warning}. Nobody knows whether a standby has it.");
    }

    private async Task<NpgsqlConnection> OpenAsync(Attempt attempt)
    {
        await _opening.WaitAsync().ConfigureAwait(false);
        try
        {
            ThrowIfLate(attempt);
            attempt.Source = Volatile.Read(ref _source);
            return await attempt.Source.OpenConnectionAsync().ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
    }

    // A statement that is sent has all of the command time-out: one that is given up tells of a connection that hangs.
    private void ThrowIfLate(Attempt attempt)
    {
        if (_timeProvider.GetElapsedTime(attempt.StartedAt) > _connectPatience)
            throw new TimeoutException();
    }

    private async Task<List<T>> ReadAsync<T>(NpgsqlConnection connection, string sql, DbParameter[] parameters, Func<NpgsqlDataReader, T> read)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using var disposal = command.ConfigureAwait(false);
        command.Parameters.AddRange(parameters);

        // A prepared statement belongs to a session, and behind a pooler the next statement may meet another one.
        if (!_isPooled)
            await command.PrepareAsync().ConfigureAwait(false);
        var rows = new List<T>();
        var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await using var end = reader.ConfigureAwait(false);

        // A row comes before the commit, and so before the wait for the standby: it counts once the server is ready for the next statement.
        do
        {
            while (await reader.ReadAsync().ConfigureAwait(false))
                rows.Add(read(reader));
        }
        while (await reader.NextResultAsync().ConfigureAwait(false));
        return rows;
    }

    /// <summary>
    /// Leaves a statement that does not end to itself. Its connection, and all others of its pool, which may hang as well, are replaced by
    /// new ones; and its session is ended, if the server can be reached: it may wait for a standby, and holds the row until then.
    /// </summary>
    private void GiveUp(Task work, Attempt attempt)
    {
        attempt.IsOver = true;
        GiveUpOn(work);
        if (attempt.Session == 0)
            return;
        if (attempt.Source == Volatile.Read(ref _source))
            Replace(attempt.Source!);
        if (!_isPooled)
            GiveUpOn(EndSessionAsync(attempt.Session));
    }

    private void Replace(NpgsqlDataSource hanging)
    {
        // Many give up at once, and one of them replaces what they share.
        var next = MakeSource();
        var old = Interlocked.CompareExchange(ref _source, next, hanging) == hanging ? hanging : next;
        GiveUpOn(old.DisposeAsync().AsTask());
    }

    private async Task EndSessionAsync(int session)
    {
        var connection = await Volatile.Read(ref _source).OpenConnectionAsync().ConfigureAwait(false);
        await using var end = connection.ConfigureAwait(false);
        var command = new NpgsqlCommand("select pg_terminate_backend($1)", connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = session } } };
        await using var disposal = command.ConfigureAwait(false);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private NpgsqlDataSource MakeSource()
    {
        var builder = new NpgsqlDataSourceBuilder(_connectionString);
        builder.UsePhysicalConnectionInitializer(
            opened => Check(ServerFacts.Read(opened, _commandTimeout)),
            async opened => Check(await ServerFacts.ReadAsync(opened, _commandTimeout, CancellationToken.None).ConfigureAwait(false)));
        return _hasManyHosts ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite) : builder.Build();
    }

    private void Check(ServerFacts facts)
    {
        if (facts.IsPooled)
            _isPooled = true;
        if ((ServerRules.FindServerProblem(facts) ?? ServerRules.FindTableProblem(facts)) is { } problem)
            throw new PostgreSqlStoreException($"PostgreSQL at {Servers} {problem}");
    }

    /// <summary>What is known of a statement while it runs.</summary>
    private sealed class Attempt(long startedAt)
    {
        private volatile int _session;
        private volatile bool _isOver;

        /// <summary>The pool that its connection is from; null before it asks for one.</summary>
        public NpgsqlDataSource? Source { get; set; }

        public long StartedAt => startedAt;

        /// <summary>Whether it was given up.</summary>
        public bool IsOver
        {
            get => _isOver;
            set => _isOver = value;
        }

        /// <summary>The process that serves it at the server; 0 while there is none.</summary>
        public int Session
        {
            get => _session;
            set => _session = value;
        }
    }
}
