using System.Globalization;
using Microsoft.Data.Sqlite;

namespace LockGrains;

/// <summary>Opens the file, for this process alone, and refuses what it could not keep its word with.</summary>
internal static class SqliteFile
{
    /// <summary>"LKGR": marks a file as one of LockGrains.</summary>
    public const int ApplicationId = 0x4C4B4752;

    /// <summary>
    /// The layout. Until 0.1.0 each layout takes the next number from <see cref="FirstDraft"/> and no other is read; 0.1.0 begins with 1.
    /// </summary>
    public const int Version = FirstDraft;

    private const int FirstDraft = 128;

    // Two that open the file in the same instant can each keep the other out; then one of them is earlier the next time.
    private const int Attempts = 3;

    private const string Schema = """
        create table records (
            space integer not null,
            key blob not null,
            name text not null,
            etag blob not null,
            data blob not null,
            primary key (space, key, name)) without rowid;
        """;

    /// <summary>Opens the file, and makes it when there is none.</summary>
    /// <exception cref="SqliteFileException">It cannot be used.</exception>
    public static SqliteConnection Open(string path)
    {
        Create(path);
        for (var attempt = 1; ; attempt++)
        {
            var connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWrite,
                Pooling = false,
                DefaultTimeout = 1,
            }.ToString());
            try
            {
                connection.Open();

                // Where it may not write, SQLite opens for reading alone, and says so only at the first lock, as an error of the disk.
                if (SQLitePCL.raw.sqlite3_db_readonly(connection.Handle, "main") != 0)
                    throw SqliteFileException.Of(path, SqliteFileException.NotWritable);
                Prepare(connection, path);
                return connection;
            }
            catch (SqliteException exception) when (SqliteFileException.IsBusy(exception) && attempt < Attempts)
            {
                connection.Dispose();
                using var never = new ManualResetEventSlim();
                never.Wait(Random.Shared.Next(10, 100));
            }
            catch (SqliteException exception)
            {
                connection.Dispose();
                throw SqliteFileException.Of(path, exception);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }
    }

    // SQLite would make the file with the rights of the process's mask. Only a file that is not there yet is opened here: closing one
    // that SQLite has open would drop SQLite's locks on it.
    private static void Create(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw SqliteFileException.Of(path, "it is a directory. Name a file in it.");
            var directory = System.IO.Path.GetDirectoryName(path)!;
            if (File.Exists(path))
                return;
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(directory);
                return;
            }

            if (!Directory.Exists(directory))
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var _ = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SqliteFileException.Of(path, $"it cannot be made ({exception.Message}).", exception);
        }
    }

    private static void Prepare(SqliteConnection connection, string path)
    {
        // From the first look on nobody else gets in. Before it is known whose file this is, nothing of it is changed.
        Execute(connection, "pragma locking_mode = exclusive");
        var application = Read(connection, "pragma application_id");
        var version = Read(connection, "pragma user_version");
        var isNew = application == 0 && version == 0 && Read(connection, "select count(*) from sqlite_schema") == 0;
        if (!isNew)
            ThrowIfForeign(path, application, version);

        // Every commit reaches the disk before it returns. Pages that are free can be given back. What is in the log is moved to the file
        // when the writer says so, not in the middle of a commit, where an error would go unheard.
        Execute(connection, "pragma auto_vacuum = incremental");
        Execute(connection, "pragma journal_mode = wal");
        Execute(connection, "pragma synchronous = full");
        Execute(connection, "pragma wal_autocheckpoint = 0");
        var marks = $"pragma application_id = {ApplicationId}; pragma user_version = {Version};";

        // Written whether new or not: a file that cannot be written is found out now.
        Execute(connection, $"begin immediate; {(isNew ? Schema : "")} {marks} commit;");
        Check(connection, path);
    }

    private static void ThrowIfForeign(string path, long application, long version)
    {
        if (application != ApplicationId)
            throw SqliteFileException.Of(path, "it is the database of another program. Name another file.");
        if (version == Version)
            return;
        throw SqliteFileException.Of(path, version >= FirstDraft
            ? $"an unreleased build of LockGrains made it (layout {version}; this one has {Version}). Delete it: what was held is then forgotten."
            : $"a newer version of LockGrains made it (layout {version}; this one has {Version}). Run that version, or name another file.");
    }

    private static void Check(SqliteConnection connection, string path)
    {
        if (Scalar(connection, "pragma quick_check(1)") is string result && result != "ok")
            throw SqliteFileException.Of(path, $"it is damaged ({result.ReplaceLineEndings(" ")}). {SqliteFileException.MendAdvice}");
    }

    private static void Execute(SqliteConnection connection, string sql) => Scalar(connection, sql);

    private static long Read(SqliteConnection connection, string sql) => Convert.ToInt64(Scalar(connection, sql), CultureInfo.InvariantCulture);

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text of it is written in this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
