using Npgsql;

namespace LockGrains;

/// <summary>Looks at a server before locks are entrusted to it, on a connection of its own: settings, role, rights, tables; and makes tables.</summary>
internal sealed class ServerInspection(NpgsqlConnectionStringBuilder connectionString)
{
    /// <summary>The layout of the table of records that this build reads and writes.</summary>
    public const int Version = 1;

    // A script may wait for nine others that run it.
    private const int CommandTimeoutMin = 30;

    private readonly string _servers = PostgreSqlConnectionString.NameServers(connectionString);

    /// <summary>What to tell an operator that is no reason to refuse; null when there is nothing, or nobody has looked.</summary>
    public string? Warning { get; private set; }

    /// <summary>Looks, after making what is missing where that is wanted.</summary>
    /// <param name="script">The tables that are needed.</param>
    /// <param name="mayCreate">Whether to make them if they are missing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is wrong, with setting, value and remedy; null when nothing is.</returns>
    /// <exception cref="PostgreSqlStoreException">The server cannot be reached, or refuses the connection.</exception>
    public async Task<string?> FindProblemAsync(SchemaScript script, bool mayCreate, CancellationToken cancellationToken)
    {
        try
        {
            return await LookAsync(script, mayCreate, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOurs(exception))
        {
            throw PostgreSqlErrors.Wrap(exception, _servers);
        }
    }

    private async Task<string?> LookAsync(SchemaScript script, bool mayCreate, CancellationToken cancellationToken)
    {
        var source = MakeSource();
        await using var sourceEnd = source.ConfigureAwait(false);
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var connectionEnd = connection.ConfigureAwait(false);
        var facts = await ReadFactsAsync(connection, cancellationToken).ConfigureAwait(false);
        Warning = ServerRules.FindWarning(facts, connectionString) is { } warning ? Say(warning) : null;
        var problem = ServerRules.FindServerProblem(facts)
            ?? await FindSchemaProblemAsync(connection, facts, script, mayCreate, cancellationToken).ConfigureAwait(false);
        return problem is null ? null : Say(problem);
    }

    private async Task<string?> FindSchemaProblemAsync(
        NpgsqlConnection connection, ServerFacts facts, SchemaScript script, bool mayCreate, CancellationToken cancellationToken)
    {
        var isForbidden = facts is { TableKind: null, ForbiddenSchema: not null };
        if (!isForbidden && !await script.IsThereAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            if (!mayCreate)
                return $"lacks tables that {script.FileName} makes. Run it as their owner, or start a silo with CreateSchema on.";
            if (await FindCreateProblemAsync(connection, facts, script, cancellationToken).ConfigureAwait(false) is { } createProblem)
                return createProblem;
        }

        if (script != SchemaScript.Records)
            return null;

        // Looked at once more: others may have made the tables since.
        facts = await ReadFactsAsync(connection, cancellationToken).ConfigureAwait(false);
        return ServerRules.FindTableProblem(facts) ?? await FindVersionProblemAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string?> FindCreateProblemAsync(
        NpgsqlConnection connection, ServerFacts facts, SchemaScript script, CancellationToken cancellationToken)
    {
        try
        {
            await script.RunAsync(connection, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidSchemaName)
        {
            var where = facts.Schema is { } schema ? $"in the schema '{schema}'" : "in any schema of its search path";
            return $"does not let the role '{facts.Role}' create tables {where} ({exception.MessageText}). "
                + $"Grant it CREATE there, or have the owner run {script.FileName} and set CreateSchema to false.";
        }
    }

    private static async Task<string?> FindVersionProblemAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("select coalesce(max(version), 0) from lockgrains_schema", connection);
        await using var end = command.ConfigureAwait(false);
        var version = (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        if (version == Version)
            return null;
        return version > Version
            ? $"has tables of version {version}, made by a newer version of LockGrains; this one knows version {Version}. Upgrade this silo."
            : $"has tables of version {version} in lockgrains_schema; this LockGrains knows version {Version}. Run records.sql as their owner.";
    }

    private Task<ServerFacts> ReadFactsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ServerFacts.ReadAsync(connection, connectionString.CommandTimeout, cancellationToken);

    private NpgsqlDataSource MakeSource()
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString.ConnectionString)
        {
            Pooling = false,
            CommandTimeout = Math.Max(connectionString.CommandTimeout, CommandTimeoutMin),
        };
        var builder = new NpgsqlDataSourceBuilder(unpooled.ConnectionString);

        // Any server that answers: a standby is to be named as one, and not passed over in silence.
        return PostgreSqlConnectionString.HasManyHosts(unpooled)
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.PreferPrimary)
            : builder.Build();
    }

    private string Say(string what) => $"PostgreSQL at {_servers} {what}";
}
