using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text;
using LockGrains.Core;
using Npgsql;

namespace LockGrains;

/// <summary>
/// Keeps locks in PostgreSQL, in the table <c>lockgrains_records</c>. A write is told as written only if the commit came back without a
/// warning: a commit that was not confirmed by the synchronous standby is of unknown outcome, and so is one that was cancelled.
/// </summary>
public sealed class PostgreSqlLocks : ILockStoreProvider, IAsyncDisposable
{
    private const int ServiceBytesMax = 512;
    private const int PageSize = 500;

    // Replaced, what is no text would make two keys one.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // A byte that UTF-8 never has: larger than every key.
    private const byte AboveAll = 0xFF;

    private const string ListSql = """
        select key from lockgrains_records
        where service = $1 and space = $2 and key >= $3 and key < $4 and name = $5
        order by key limit $6
        """;

    private readonly bool _mayCreate;
    private readonly PostgreSqlDatabase _database;
    private readonly ServerInspection _inspection;
    private readonly string _service;

    /// <summary>Makes one; connects to nothing yet.</summary>
    /// <param name="options">Where the locks are kept.</param>
    /// <param name="service">Part of every record's name, so that clusters can share a table: 1 to 512 bytes of UTF-8, the cluster's <c>ServiceId</c>.</param>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it, and no password.</exception>
    public PostgreSqlLocks(PostgreSqlLockOptions options, string service)
        : this(options, service, TimeProvider.System)
    {
    }

    internal PostgreSqlLocks(PostgreSqlLockOptions options, string service, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(service);
        if (Utf8.GetByteCount(service) > ServiceBytesMax || service.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"The service id is '{service}'; it must be 1 to {ServiceBytesMax} bytes of UTF-8 without a null character.", nameof(service));
        if (PostgreSqlConnectionString.FindProblem(options.ConnectionString) is { } problem)
            throw new ArgumentException($"{nameof(PostgreSqlLockOptions)}.{nameof(options.ConnectionString)} {problem}", nameof(options));
        var connection = PostgreSqlConnectionString.Parse(options.ConnectionString);
        _mayCreate = options.CreateSchema;
        _database = new PostgreSqlDatabase(connection, timeProvider);
        _inspection = new ServerInspection(connection);
        _service = service;
    }

    /// <summary>What is wrong with a connection string, without repeating any of it; null when nothing is.</summary>
    /// <param name="connectionString">An Npgsql connection string (<see cref="PostgreSqlLockOptions.ConnectionString"/>).</param>
    public static string? FindProblem(string? connectionString) => PostgreSqlConnectionString.FindProblem(connectionString);

    /// <inheritdoc/>
    public string Name => "PostgreSQL";

    /// <inheritdoc/>
    public bool IsDurable => true;

    /// <inheritdoc/>
    public bool CanList => true;

    /// <summary>The servers of the connection string, for messages.</summary>
    public string Servers => _database.Servers;

    /// <summary>The service whose locks it keeps.</summary>
    internal string Service => _service;

    /// <summary>What to tell an operator that is no reason to refuse, once <see cref="PrepareAsync"/> has looked; null when there is nothing.</summary>
    public string? Warning => _inspection.Warning;

    /// <inheritdoc/>
    public ILockStore Open(LockSpace space, string key)
    {
        ThrowIfNoSpace(space);
        ArgumentException.ThrowIfNullOrEmpty(key);
        return new PostgreSqlLockStore(_database, _service, space, Utf8.GetBytes(key));
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken = default) =>
        await _inspection.FindProblemAsync(SchemaScript.Records, mayCreate: false, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Creates the table of records, if it is missing and <see cref="PostgreSqlLockOptions.CreateSchema"/> allows; then looks for problems
    /// as <see cref="FindProblemAsync"/> does. Many may do so at once.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is wrong, with setting, value and remedy; null when nothing is.</returns>
    /// <exception cref="PostgreSqlStoreException">The server cannot be reached, or refuses the connection.</exception>
    public async ValueTask<string?> PrepareAsync(CancellationToken cancellationToken = default) =>
        await _inspection.FindProblemAsync(SchemaScript.Records, _mayCreate, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(
        LockSpace space, string prefix = "", [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ThrowIfNoSpace(space);
        ArgumentNullException.ThrowIfNull(prefix);
        var from = Utf8.GetBytes(prefix);
        var to = EndOf(from);
        while (true)
        {
            var page = await _database.RunAsync(ListSql, ListParameters(space, from, to), static reader => reader.GetFieldValue<byte[]>(0), cancellationToken)
                .ConfigureAwait(false);
            foreach (var key in page)
                yield return Utf8.GetString(key);
            if (page.Count < PageSize)
                yield break;
            from = [.. page[^1], 0];
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static void ThrowIfNoSpace(LockSpace space)
    {
        if (space is not (LockSpace.Lock or LockSpace.Session or LockSpace.System))
            throw new ArgumentOutOfRangeException(nameof(space), space, "It must be one of the key spaces.");
    }

    /// <summary>The first key that is larger than all that begin with these bytes.</summary>
    private static byte[] EndOf(byte[] prefix)
    {
        if (prefix.Length == 0)
            return [AboveAll];
        byte[] end = [.. prefix];

        // Never an overflow: UTF-8 has no byte 255.
        end[^1]++;
        return end;
    }

    private DbParameter[] ListParameters(LockSpace space, byte[] from, byte[] to) =>
    [
        new NpgsqlParameter<string> { TypedValue = _service },
        new NpgsqlParameter<short> { TypedValue = (short)space },
        new NpgsqlParameter<byte[]> { TypedValue = from },
        new NpgsqlParameter<byte[]> { TypedValue = to },
        new NpgsqlParameter<string> { TypedValue = RecordName.Lock.ToString() },
        new NpgsqlParameter<int> { TypedValue = PageSize },
    ];
}
