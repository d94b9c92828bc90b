using Npgsql;

namespace LockGrains;

/// <summary>
/// What a server must be set to, if locks are to be safe on it. Looked at on every new connection, since a failover may lead to another
/// server; and what can change under a connection, once more with every write.
/// </summary>
internal static class ServerRules
{
    /// <summary>
    /// True while what can change without a new connection is still as it must be. Part of every statement: through a pooler even the server
    /// can be another one than at the last statement.
    /// </summary>
    public const string GuardSql = """
        (current_setting('fsync') = 'on' and current_setting('full_page_writes') = 'on' and current_setting('client_min_messages') <> 'error'
            and (current_setting('synchronous_commit') in ('on', 'remote_apply')
                or (current_setting('synchronous_commit') = 'remote_write' and current_setting('synchronous_standby_names') = '')))
        """;

    /// <summary>What is wrong with the server, whatever tables it has; null when nothing is.</summary>
    public static string? FindServerProblem(ServerFacts facts)
    {
        if (facts.IsStandby)
            return "is a standby (pg_is_in_recovery), which takes no writes. Connect to the primary; name all servers as Host=a,b to have it found.";
        if (facts.IsReadOnly)
            return "has default_transaction_read_only = on, so nothing can be written. Set it to off for the role, or for the database.";
        if (facts.Fsync != "on")
            return "has fsync = off: a crash of its machine loses or damages records that it has acknowledged. Set fsync = on.";
        if (facts.FullPageWrites != "on")
            return "has full_page_writes = off: a crash of its machine can leave half a page written, and records damaged. Set full_page_writes = on.";
        return FindCommitProblem(facts) ?? FindSessionProblem(facts);
    }

    /// <summary>What is wrong with the table, or with the role's rights on it; null when nothing is.</summary>
    public static string? FindTableProblem(ServerFacts facts)
    {
        if (facts.TableKind is null)
        {
            return facts.ForbiddenSchema is { } schema
                ? $"has the table lockgrains_records in the schema '{schema}', where the role '{facts.Role}' lacks USAGE. "
                    + $"Run: grant usage on schema {schema} to {facts.Role};"
                : "has no table lockgrains_records in the role's search path. Start a silo with CreateSchema on, or run records.sql as its owner.";
        }

        if (facts.TableKind != 'r')
            return "has a lockgrains_records that is no ordinary table. Drop it, and let it be created anew.";
        if (facts.TablePersistence != 'p')
            return "has lockgrains_records as an unlogged or temporary table, which a crash empties. Run: alter table lockgrains_records set logged;";
        if (facts.MissingRights.Count > 0)
        {
            var rights = string.Join(", ", facts.MissingRights);
            return $"does not let the role '{facts.Role}' use lockgrains_records: {rights} is missing. Run: grant {rights} on lockgrains_records to {facts.Role};";
        }

        if (!facts.MayReadVersion)
            return $"does not let the role '{facts.Role}' read lockgrains_schema. Run: grant SELECT on lockgrains_schema to {facts.Role};";
        return facts.HasRowSecurity
            ? "has row level security on lockgrains_records, which hides records. Run: alter table lockgrains_records disable row level security;"
            : null;
    }

    /// <summary>What to tell an operator that is no reason to refuse; null when there is nothing.</summary>
    public static string? FindWarning(ServerFacts facts, NpgsqlConnectionStringBuilder connectionString)
    {
        // Behind a pooler the server sees the pooler's connection; what is asked of ours is what can be known.
        var isEncrypted = facts.IsPooled
            ? connectionString.SslMode is SslMode.Require or SslMode.VerifyCA or SslMode.VerifyFull
            : facts.IsEncrypted;
        return isEncrypted || PostgreSqlConnectionString.IsLocal(connectionString)
            ? null
            : "is reached without encryption: whoever is on the way can read how the password is proven, and change records. Set SSL Mode=VerifyFull.";
    }

    private static string? FindCommitProblem(ServerFacts facts) => facts.SynchronousCommit switch
    {
        "on" or "remote_apply" => null,
        "remote_write" when facts.SynchronousStandbyNames.Length == 0 => null,
        "remote_write" => "has synchronous_commit = remote_write with a standby named in synchronous_standby_names: "
            + "a crash of both machines loses what was acknowledged. Set it to on or remote_apply.",
        "local" => "has synchronous_commit = local: a commit does not wait for the standby, and a failover loses it. Set it to on.",
        var value => $"has synchronous_commit = {value}: a crash loses commits that were acknowledged. Set it to on.",
    };

    private static string? FindSessionProblem(ServerFacts facts)
    {
        if (facts.ClientMinMessages == "error")
            return "has client_min_messages = error, which hides the warning that a commit did not reach the standby. Set it to warning.";
        return facts.Isolation == "read committed"
            ? null
            : $"has default_transaction_isolation = {facts.Isolation} for this role, so conflicts would read as errors. Set it to read committed.";
    }
}
