using System.Data.Common;
using System.Security.Cryptography;
using LockGrains.Core;
using Npgsql;

namespace LockGrains;

/// <summary>
/// One key's records. Each operation is one statement and so one transaction. An ETag is 16 random bytes that are made here: a sequence would
/// come to the same number again after a failover, or after a backup was put back.
/// </summary>
internal sealed class PostgreSqlLockStore(PostgreSqlDatabase database, string service, LockSpace space, byte[] key) : ILockStore
{
    // Where a standby is to confirm commits, a read is one as well: a server that was replaced and does not know it confirms nothing any more.
    // A row always comes, so that a standby behind a pooler cannot pass for one that has no record.
    private const string LoadSql = """
        select s.is_standby, r.etag, r.data
        from (
            select pg_is_in_recovery() as is_standby,
                case when current_setting('synchronous_standby_names') <> '' and not pg_is_in_recovery()
                    then pg_logical_emit_message(true, 'lockgrains', '') end as confirmed
        ) s
        left join lockgrains_records r on r.service = $1 and r.space = $2 and r.key = $3 and r.name = $4
        """;

    private const string CreateSql = $"""
        insert into lockgrains_records (service, space, key, name, etag, data) values ($1, $2, $3, $4, $5, $6)
        on conflict (service, space, key, name) do nothing
        returning {ServerRules.GuardSql}
        """;

    private const string UpdateSql = $"""
        update lockgrains_records set etag = $5, data = $6
        where service = $1 and space = $2 and key = $3 and name = $4 and etag = $7
        returning {ServerRules.GuardSql}
        """;

    private const string DeleteSql = $"""
        delete from lockgrains_records
        where service = $1 and space = $2 and key = $3 and name = $4 and etag = $5
        returning {ServerRules.GuardSql}
        """;

    public async Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default)
    {
        var rows = await database.RunAsync(LoadSql, Place(name), ReadRecord, cancellationToken).ConfigureAwait(false);
        return rows is [{ IsStandby: false, Record: var record }]
            ? record
            : throw new PostgreSqlStoreException($"PostgreSQL at {database.Servers} {ServerRules.FindServerProblem(new ServerFacts { IsStandby = true })}");
    }

    public async Task<StoreWrite> CompareAndSetAsync(
        RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var next = NewETag();
        DbParameter[] content = [.. Place(name), Parameter(next), new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = data }];
        var isWritten = etag is null
            ? await WriteAsync(CreateSql, content, cancellationToken).ConfigureAwait(false)
            : Guid.TryParseExact(etag, "N", out var old)
                && await WriteAsync(UpdateSql, [.. content, Parameter(old)], cancellationToken).ConfigureAwait(false);
        return isWritten ? StoreWrite.Written(next.ToString("N")) : StoreWrite.Conflict;
    }

    public async Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(etag);
        var isDeleted = Guid.TryParseExact(etag, "N", out var old)
            && await WriteAsync(DeleteSql, [.. Place(name), Parameter(old)], cancellationToken).ConfigureAwait(false);
        return isDeleted ? StoreWrite.Written(null) : StoreWrite.Conflict;
    }

    /// <summary>Runs a write.</summary>
    /// <returns>True when it was written; false when the ETag was another.</returns>
    private async Task<bool> WriteAsync(string sql, DbParameter[] parameters, CancellationToken cancellationToken)
    {
        var rows = await database.RunAsync(sql, parameters, static reader => reader.GetBoolean(0), cancellationToken).ConfigureAwait(false);
        if (rows is [false])
        {
            database.Forget();
            throw new PostgreSqlStoreException(
                $"PostgreSQL at {database.Servers} was set to settings under which a write may be lost (the next connection names them); nobody knows whether this one is.");
        }

        return rows.Count > 0;
    }

    private static (bool IsStandby, StoredRecord Record) ReadRecord(NpgsqlDataReader reader) => (
        reader.GetBoolean(0),
        reader.IsDBNull(1) ? default : new StoredRecord(reader.GetFieldValue<byte[]>(2), reader.GetGuid(1).ToString("N")));

    private DbParameter[] Place(RecordName name) =>
    [
        new NpgsqlParameter<string> { TypedValue = service },
        new NpgsqlParameter<short> { TypedValue = (short)space },
        new NpgsqlParameter<byte[]> { TypedValue = key },
        new NpgsqlParameter<string> { TypedValue = name.ToString() },
    ];

    private static NpgsqlParameter<Guid> Parameter(Guid etag) => new() { TypedValue = etag };

    private static Guid NewETag()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return new Guid(bytes);
    }
}
