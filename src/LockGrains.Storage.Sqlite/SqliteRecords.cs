using System.Data;
using System.Security.Cryptography;
using LockGrains.Core;
using Microsoft.Data.Sqlite;

namespace LockGrains;

/// <summary>The statements, each prepared once. For the one thread that writes.</summary>
internal sealed class SqliteRecords : IDisposable
{
    private const int ETagBytes = 16;
    private const int PageSize = 500;

    private readonly SqliteConnection _connection;
    private readonly List<SqliteCommand> _commands = [];
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;
    private readonly SqliteCommand _load;
    private readonly SqliteCommand _create;
    private readonly SqliteCommand _update;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _list;
    private readonly SqliteCommand _checkpoint;
    private readonly SqliteCommand _giveBack;
    private readonly SqliteCommand _freePages;
    private readonly SqliteCommand _pages;

    public SqliteRecords(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("begin");
        _commit = Prepare("commit");
        _rollback = Prepare("rollback");
        _load = Prepare("select data, etag from records where space = @space and key = @key and name = @name");
        _create = Prepare(
            "insert into records (space, key, name, etag, data) values (@space, @key, @name, @next, @data) on conflict do nothing");
        _update = Prepare(
            "update records set etag = @next, data = @data where space = @space and key = @key and name = @name and etag = @etag");
        _delete = Prepare("delete from records where space = @space and key = @key and name = @name and etag = @etag");
        _list = Prepare($"select key from records where space = @space and key >= @from and key <> @after and name = @name order by key limit {PageSize}");
        _checkpoint = Prepare("pragma wal_checkpoint(passive)");
        _giveBack = Prepare("pragma incremental_vacuum(512)");
        _freePages = Prepare("pragma freelist_count");
        _pages = Prepare("pragma page_count");
    }

    public bool IsInTransaction => SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    public void Begin() => _begin.ExecuteNonQuery();

    public void Commit() => _commit.ExecuteNonQuery();

    public void Rollback() => _rollback.ExecuteNonQuery();

    public StoredRecord Load(SqliteRecordKey key)
    {
        Bind(_load, key);
        using var reader = _load.ExecuteReader(CommandBehavior.SingleRow);
        return reader.Read()
            ? new StoredRecord((byte[])reader[0], Convert.ToHexStringLower((byte[])reader[1]))
            : default;
    }

    public StoreWrite CompareAndSet(SqliteRecordKey key, string? etag, byte[] data)
    {
        var command = etag is null ? _create : _update;
        if (etag is not null && !TryBindETag(command, etag))
            return StoreWrite.Conflict;
        var next = RandomNumberGenerator.GetBytes(ETagBytes);
        Bind(command, key);
        Set(command, "@next", next);
        Set(command, "@data", data);
        return command.ExecuteNonQuery() == 1 ? StoreWrite.Written(Convert.ToHexStringLower(next)) : StoreWrite.Conflict;
    }

    public StoreWrite CompareAndDelete(SqliteRecordKey key, string etag)
    {
        if (!TryBindETag(_delete, etag))
            return StoreWrite.Conflict;
        Bind(_delete, key);
        return _delete.ExecuteNonQuery() == 1 ? StoreWrite.Written(null) : StoreWrite.Conflict;
    }

    /// <summary>The next keys that have a lock record, in the order of their bytes.</summary>
    /// <param name="space">Their space.</param>
    /// <param name="from">The first that may be among them.</param>
    /// <param name="after">The last that is known already; null when none is.</param>
    public List<byte[]> List(LockSpace space, byte[] from, byte[]? after)
    {
        var name = RecordName.Lock.ToString();
        Bind(_list, new SqliteRecordKey(space, [], name));
        Set(_list, "@from", after ?? from);
        Set(_list, "@after", after ?? []);
        var keys = new List<byte[]>();
        using var reader = _list.ExecuteReader();
        while (reader.Read())
            keys.Add((byte[])reader[0]);
        return keys;
    }

    /// <summary>Moves what is in the log to the file, so that the log begins anew; and gives free pages back once they are the larger part.</summary>
    public void TidyUp()
    {
        Drain(_checkpoint);
        var free = (long)_freePages.ExecuteScalar()!;
        if (free > (long)_pages.ExecuteScalar()! / 2)
            Drain(_giveBack);
    }

    /// <summary>The value of a setting, for tests.</summary>
    internal string Ask(string pragma)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Its caller is a test.
        command.CommandText = $"pragma {pragma}";
#pragma warning restore CA2100
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture)!;
    }

    public void Dispose()
    {
        foreach (var command in _commands)
            command.Dispose();
        _connection.Dispose();
    }

    private SqliteCommand Prepare(string sql)
    {
        var command = _connection.CreateCommand();
        _commands.Add(command);
#pragma warning disable CA2100 // Every text of it is written in this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var word in sql.Split([' ', ',', '(', ')']).Where(word => word.StartsWith('@')).Distinct())
            command.Parameters.Add(new SqliteParameter { ParameterName = word });
        return command;
    }

    private static void Bind(SqliteCommand command, SqliteRecordKey key)
    {
        Set(command, "@space", (long)key.Space);
        if (command.Parameters.Contains("@key"))
            Set(command, "@key", key.Key);
        Set(command, "@name", key.Name);
    }

    private static void Set(SqliteCommand command, string name, object value) => command.Parameters[name].Value = value;

    // Such as no store of this kind ever gave: it is nobody's, so there is nothing to compare.
    private static bool TryBindETag(SqliteCommand command, string etag)
    {
        var bytes = new byte[ETagBytes];
        if (etag.Length != ETagBytes * 2 || Convert.FromHexString(etag, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
            return false;
        Set(command, "@etag", bytes);
        return true;
    }

    // A pragma does its work step by step, as its rows are read.
    private static void Drain(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
        }
    }
}

/// <summary>Where a record is in the file.</summary>
/// <param name="Space">The key space.</param>
/// <param name="Key">The key in UTF-8.</param>
/// <param name="Name">The name of the record.</param>
internal readonly record struct SqliteRecordKey(LockSpace Space, byte[] Key, string Name);
