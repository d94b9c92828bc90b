using Npgsql;

namespace LockGrains;

/// <summary>What a connection found at its server: settings, role, rights, tables.</summary>
internal sealed record ServerFacts
{
    /// <summary>
    /// Asks a server. On a connection straight to it, the settings of the session that locks rely on are set first. Through a pooler they
    /// are not: the session belongs to others too.
    /// </summary>
    private const string SetSql = """
        select set_config(name, value, false)
        from (values
            ('statement_timeout', '0'),
            ('lock_timeout', $2),
            ('client_min_messages', 'warning'),
            ('default_transaction_isolation', 'read committed')) as wanted (name, value)
        where pg_backend_pid() = $1
        """;

    private const string AskSql = """
        select pg_backend_pid() <> $1, pg_is_in_recovery(),
            current_setting('default_transaction_read_only'), current_setting('fsync'), current_setting('full_page_writes'),
            current_setting('synchronous_commit'), current_setting('synchronous_standby_names'), current_setting('client_min_messages'),
            current_setting('default_transaction_isolation'), current_user, current_schema(),
            (select ssl from pg_stat_ssl where pid = pg_backend_pid()),
            r.relkind, r.relpersistence, row_security_active(r.oid),
            array_remove(array[
                case when has_table_privilege(r.oid, 'select') then null else 'SELECT' end,
                case when has_table_privilege(r.oid, 'insert') then null else 'INSERT' end,
                case when has_table_privilege(r.oid, 'update') then null else 'UPDATE' end,
                case when has_table_privilege(r.oid, 'delete') then null else 'DELETE' end], null),
            coalesce(has_table_privilege(to_regclass('lockgrains_schema'), 'select'), true),
            (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relname = 'lockgrains_records' and not has_schema_privilege(n.oid, 'usage')
                    and n.nspname = any (string_to_array(
                        translate(replace(current_setting('search_path'), '$user', current_user), '" ', ''), ',')) limit 1)
        from (select 1) as one left join pg_class r on r.oid = to_regclass('lockgrains_records')
        """;

    /// <summary>Whether something between here and the server gives its sessions to others as well.</summary>
    public bool IsPooled { get; init; }

    public bool IsStandby { get; init; }

    public bool IsReadOnly { get; init; }

    public string Fsync { get; init; } = "on";

    public string FullPageWrites { get; init; } = "on";

    public string SynchronousCommit { get; init; } = "on";

    public string SynchronousStandbyNames { get; init; } = "";

    public string ClientMinMessages { get; init; } = "warning";

    public string Isolation { get; init; } = "read committed";

    public string Role { get; init; } = "";

    /// <summary>The schema in which tables are made; null when the role may use none.</summary>
    public string? Schema { get; init; }

    /// <summary>Whether the connection is encrypted, as far as the server sees.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>What kind of thing the table of records is; null when there is none in sight.</summary>
    public char? TableKind { get; init; }

    public char? TablePersistence { get; init; }

    public bool HasRowSecurity { get; init; }

    /// <summary>The rights on the table that the role lacks.</summary>
    public IReadOnlyList<string> MissingRights { get; init; } = [];

    public bool MayReadVersion { get; init; } = true;

    /// <summary>A schema of the search path that has the table and that the role may not use; null when there is none.</summary>
    public string? ForbiddenSchema { get; init; }

    public static async Task<ServerFacts> ReadAsync(NpgsqlConnection connection, int commandTimeout, CancellationToken cancellationToken)
    {
        var batch = MakeBatch(connection, commandTimeout);
        await using var disposal = batch.ConfigureAwait(false);
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var end = reader.ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return Read(reader);
    }

    public static ServerFacts Read(NpgsqlConnection connection, int commandTimeout)
    {
        using var batch = MakeBatch(connection, commandTimeout);
        using var reader = batch.ExecuteReader();
        reader.NextResult();
        reader.Read();
        return Read(reader);
    }

    private static NpgsqlBatch MakeBatch(NpgsqlConnection connection, int commandTimeout)
    {
        // Who waits for a row is not the commit: that one ends before the caller has given up, with nothing written.
        var lockTimeout = commandTimeout * 1000 / 2;
        var process = connection.ProcessID;
        return new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(SetSql)
                {
                    Parameters =
                    {
                        new NpgsqlParameter<int> { TypedValue = process },
                        new NpgsqlParameter<string> { TypedValue = lockTimeout.ToString(System.Globalization.CultureInfo.InvariantCulture) },
                    },
                },
                new NpgsqlBatchCommand(AskSql) { Parameters = { new NpgsqlParameter<int> { TypedValue = process } } },
            },
        };
    }

    private static ServerFacts Read(NpgsqlDataReader reader) => new()
    {
        IsPooled = reader.GetBoolean(0),
        IsStandby = reader.GetBoolean(1),
        IsReadOnly = reader.GetString(2) == "on",
        Fsync = reader.GetString(3),
        FullPageWrites = reader.GetString(4),
        SynchronousCommit = reader.GetString(5),
        SynchronousStandbyNames = reader.GetString(6),
        ClientMinMessages = reader.GetString(7),
        Isolation = reader.GetString(8),
        Role = reader.GetString(9),
        Schema = reader.IsDBNull(10) ? null : reader.GetString(10),
        IsEncrypted = !reader.IsDBNull(11) && reader.GetBoolean(11),
        TableKind = reader.IsDBNull(12) ? null : reader.GetChar(12),
        TablePersistence = reader.IsDBNull(13) ? null : reader.GetChar(13),
        HasRowSecurity = !reader.IsDBNull(14) && reader.GetBoolean(14),
        MissingRights = reader.GetFieldValue<string[]>(15),
        MayReadVersion = reader.GetBoolean(16),
        ForbiddenSchema = reader.IsDBNull(17) ? null : reader.GetString(17),
    };
}
