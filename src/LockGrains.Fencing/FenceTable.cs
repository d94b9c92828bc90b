using System.Data;
using System.Data.Common;
using System.Globalization;

namespace LockGrains.Fencing;

/// <summary>
/// Keeps the largest fencing token of each key in a table of the database that the locks protect, and refuses smaller ones. The check is a
/// part of the transaction of the protected work: both commit, or neither does.
/// <para>
/// Pass first, before the transaction reads or writes anything else. What it reads then is what all earlier holders left, and no later holder
/// passes before it ends. A transaction that is rolled back leaves no trace, in the table either.
/// </para>
/// <para>An object has no state but its statements; one serves a whole process.</para>
/// </summary>
/// <example><code>
/// await using var transaction = await connection.BeginTransactionAsync();
/// await fences.PassAsync(transaction, Fence.ForWriter(handle.Key, handle.FencingToken)); // else StaleFenceException
/// // … the work, in the same transaction …
/// await transaction.CommitAsync();
/// </code></example>
public sealed class FenceTable
{
    /// <summary>The name of the table unless another one is given.</summary>
    public const string DefaultName = "lock_fences";

    // A row that a reader has made, or found, is gone only if somebody deletes rows at this very moment.
    private const int ClaimsMax = 10;

    private readonly FenceSql _sql;

    /// <summary>Names a table; nothing is created yet (<see cref="CreateAsync"/>).</summary>
    /// <param name="dialect">Whose SQL the database speaks.</param>
    /// <param name="name">
    /// The table's name, perhaps with its schema: <c>app.lock_fences</c>. Each part has 1 to 63 ASCII letters, digits and underscores. It is
    /// quoted, so case matters where it does for the database.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException">The name is no such name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dialect.</exception>
    public FenceTable(FenceDialect dialect, string name = DefaultName)
    {
        _sql = FenceSql.For(dialect, FenceTableName.Quote(name, nameof(name)));
        (Dialect, Name) = (dialect, name);
    }

    /// <summary>Whose SQL the database speaks.</summary>
    public FenceDialect Dialect { get; }

    /// <summary>The table's name, as it was given.</summary>
    public string Name { get; }

    /// <summary>The statement that creates the table if it is not there: for migrations, and for whoever owns the database.</summary>
    public string CreateScript => _sql.Definition;

    /// <summary>Creates the table if it is not there. Many may do so at once. Who may not create may call it where the table is.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <exception cref="ArgumentNullException"><paramref name="connection"/> is null.</exception>
    /// <exception cref="DbException">The database refused.</exception>
    public Task CreateAsync(DbConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return RunAsync();

        async Task RunAsync()
        {
            var command = connection.CreateCommand();
            await using var end = command.ConfigureAwait(false);
            command.CommandText = _sql.Create;
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// As <see cref="TryPassAsync"/>, but to be refused is an exception. Prefer it: an exception that nobody catches rolls the transaction back.
    /// </summary>
    /// <inheritdoc cref="TryPassAsync" path="/param"/>
    /// <inheritdoc cref="TryPassAsync" path="/exception"/>
    /// <exception cref="StaleFenceException">A larger token has been here. Roll the transaction back.</exception>
    public Task PassAsync(DbTransaction transaction, Fence fence, CancellationToken cancellationToken = default)
    {
        var connection = CheckAndGetConnection(transaction, fence);
        return RunAsync();

        async Task RunAsync()
        {
            var seen = await MeetAsync(connection, transaction, fence, cancellationToken).ConfigureAwait(false);
            if (seen > fence.Token)
                throw new StaleFenceException(fence, seen);
        }
    }

    /// <summary>
    /// Says whether a fence passes: no larger token has. A writer's then advances the table to its token; a reader's is only compared. The same
    /// token passes as often as it comes. False: roll the transaction back.
    /// <para>
    /// A writer waits for the transaction of another writer of the key to end, and on PostgreSQL for those of its readers. The time-outs of the
    /// connection and the database limit that wait.
    /// </para>
    /// <para>
    /// What the driver throws comes out as it is: a time-out, a serialization failure, a deadlock, a broken connection. Nobody has passed
    /// then. Roll back; try again only with a new transaction.
    /// </para>
    /// </summary>
    /// <param name="transaction">The transaction of the protected work, on the database of that work.</param>
    /// <param name="fence">What the hold shows.</param>
    /// <param name="cancellationToken">Cancels the statement. Roll the transaction back then.</param>
    /// <exception cref="ArgumentNullException"><paramref name="transaction"/> or <paramref name="fence"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The transaction is over. Or it reads what others have not committed, which SQLite does in a shared cache: then its reads are no check.
    /// </exception>
    /// <exception cref="InvalidOperationException">The table swallows rows, by a trigger or a policy: nothing was checked.</exception>
    /// <exception cref="DbException">The database failed or refused, perhaps since the table is not there.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Task<bool> TryPassAsync(DbTransaction transaction, Fence fence, CancellationToken cancellationToken = default)
    {
        var connection = CheckAndGetConnection(transaction, fence);
        return RunAsync();

        async Task<bool> RunAsync() => await MeetAsync(connection, transaction, fence, cancellationToken).ConfigureAwait(false) <= fence.Token;
    }

    // Outside of a transaction the check would be over before the work begins. A driver may still know the connection of a transaction that is
    // over, and may run commands without looking at their transaction: Npgsql does both. The isolation level is what each of them refuses to say.
    private DbConnection CheckAndGetConnection(DbTransaction transaction, Fence fence)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(fence);
        DbConnection? connection;
        IsolationLevel isolation;
        try
        {
            (connection, isolation) = (transaction.Connection, transaction.IsolationLevel);
        }
        catch (InvalidOperationException exception)
        {
            throw new ArgumentException("The transaction is over: pass in that of the work, before it ends.", nameof(transaction), exception);
        }

        if (connection is null)
            throw new ArgumentException("The transaction is over: pass in that of the work, before it ends.", nameof(transaction));
        if (Dialect == FenceDialect.Sqlite && isolation == IsolationLevel.ReadUncommitted)
            throw new ArgumentException("The transaction reads what others have not committed; begin one that is serializable.", nameof(transaction));
        return connection;
    }

    /// <summary>Advances, or compares, and returns the token that is in the table then: a larger one than the fence's has refused it.</summary>
    private async Task<long> MeetAsync(DbConnection connection, DbTransaction transaction, Fence fence, CancellationToken cancellationToken)
    {
        if (fence.Advances)
        {
            // The table's own rules may swallow the row. Who sees nothing has not passed.
            return await AskAsync(_sql.Advance).ConfigureAwait(false) ?? throw Swallowed();
        }

        for (var claims = 0; claims < ClaimsMax; claims++)
        {
            if (await AskAsync(_sql.Compare).ConfigureAwait(false) is { } seen)
                return seen;
            if (_sql.Claim is null)
                return 0;
            await AskAsync(_sql.Claim).ConfigureAwait(false);
        }

        throw Swallowed();

        async Task<long?> AskAsync(string sql)
        {
            var command = MakeCommand(connection, transaction, fence, sql);
            await using var end = command.ConfigureAwait(false);
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is { } token and not DBNull
                ? Convert.ToInt64(token, CultureInfo.InvariantCulture)
                : null;
        }

        InvalidOperationException Swallowed() => new($"The table {Name} gave no row back for {fence}: does a trigger or a policy hide it? Nothing was checked.");
    }

    private static DbCommand MakeCommand(DbConnection connection, DbTransaction transaction, Fence fence, string sql)
    {
        var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction);
        Add("@key", DbType.String, fence.Key);
        Add("@number", DbType.Int32, fence.Number ?? FenceSql.NoNumber);
        if (fence.Advances)
            Add("@token", DbType.Int64, fence.Token);
        return command;

        void Add(string name, DbType type, object value)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.DbType, parameter.Value) = (name, type, value);
            command.Parameters.Add(parameter);
        }
    }
}
