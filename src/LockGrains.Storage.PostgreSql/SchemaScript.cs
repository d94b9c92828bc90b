using Npgsql;

namespace LockGrains;

/// <summary>Tables that are made together: whether they are there, and the script that makes them.</summary>
internal sealed class SchemaScript
{
    // Any number will do, as long as nobody else in the database locks the same.
    private const long AdvisoryLock = 0x4C6F_636B_4772_6E73;

    private readonly string[] _questions;

    private SchemaScript(string fileName, params string[] questions) => (FileName, _questions) = (fileName, questions);

    /// <summary>The table of records and its version.</summary>
    public static SchemaScript Records { get; } = new(
        "records.sql", "select to_regclass('lockgrains_records') is not null and to_regclass('lockgrains_schema') is not null");

    /// <summary>What Orleans' membership needs. The second question can only be put once the first is answered with yes.</summary>
    public static SchemaScript Membership { get; } = new(
        "clustering.sql",
        """
        select to_regclass('OrleansQuery') is not null and to_regclass('OrleansMembershipVersionTable') is not null
            and to_regclass('OrleansMembershipTable') is not null
        """,
        """
        select count(*) = 9 from OrleansQuery where QueryKey in (
            'InsertMembershipVersionKey', 'InsertMembershipKey', 'UpdateMembershipKey', 'UpdateIAmAlivetimeKey', 'MembershipReadRowKey',
            'MembershipReadAllKey', 'GatewaysQueryKey', 'DeleteMembershipTableEntriesKey', 'CleanupDefunctSiloEntriesKey')
        """);

    /// <summary>The script's name in this assembly, and in the repository.</summary>
    public string FileName { get; }

    /// <summary>Whether nothing is missing.</summary>
    public async Task<bool> IsThereAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var question in _questions)
        {
            var command = new NpgsqlCommand(question, connection);
            await using var end = command.ConfigureAwait(false);
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
                return false;
        }

        return true;
    }

    /// <summary>Makes what is missing. Ten silos may do so at once: one makes it, the others wait for that.</summary>
    public async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var end = transaction.ConfigureAwait(false);

        // "if not exists" alone is not enough: two that find nothing at the same moment both create, and one of them fails.
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({AdvisoryLock})", cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, ReadText(), cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    internal string ReadText()
    {
        using var stream = typeof(SchemaScript).Assembly.GetManifestResourceStream(FileName)
            ?? throw new InvalidOperationException($"The script {FileName} is not in this assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using var end = command.ConfigureAwait(false);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
