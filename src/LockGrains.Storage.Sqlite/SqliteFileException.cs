using Microsoft.Data.Sqlite;

namespace LockGrains;

/// <summary>The file cannot be used, or not any more; the message says why and what to do.</summary>
internal sealed class SqliteFileException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    // Result codes of SQLite (sqlite.org/rescode.html).
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>What a file is that can only be read.</summary>
    public const string NotWritable = "it cannot be written. Check its rights, those of its directory, and how its file system is mounted.";

    /// <summary>What a damaged file leaves to do.</summary>
    public const string MendAdvice =
        "Put a backup in its place, or delete it: then what was held is forgotten, and fencing tokens grow all the same.";

    public static SqliteFileException Of(string path, string reason, Exception? innerException = null) =>
        new($"The file '{path}' cannot keep the locks: {reason}", innerException);

    public static SqliteFileException Of(string path, SqliteException exception) => Of(path, Explain(exception), exception);

    /// <summary>Whether another process may let go of it soon.</summary>
    public static bool IsBusy(SqliteException exception) => exception.SqliteErrorCode is Busy or Locked;

    /// <summary>
    /// Whether nobody knows any more what the file holds. After a failed flush the system may count what it lost as written, so that
    /// asking again would hear a lie: only a new start reads what is there. A full disk or a missing right is not that.
    /// </summary>
    public static bool IsFatal(SqliteException exception) => exception.SqliteErrorCode is InputOutput or Corrupt or NotADatabase;

    private static string Explain(SqliteException exception) => exception.SqliteErrorCode switch
    {
        Busy or Locked => "another silo, or another program, has it open. Stop that one, or name another file.",
        ReadOnly => NotWritable,
        CannotOpen => "it cannot be opened or made. Check its rights and those of its directory.",
        Full => "its disk is full.",
        NotADatabase => $"it is not a SQLite database, or is damaged. Name another file, or mend this one. {MendAdvice}",
        Corrupt => $"it is damaged ({exception.Message}). {MendAdvice}",
        InputOutput => $"its disk answers with an error ({exception.Message}, extended code {exception.SqliteExtendedErrorCode}).",
        _ => exception.Message,
    };
}
