using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace LockGrains;

/// <summary>
/// One thread that has the file to itself: it takes all that has gathered while it was busy, does it in order in one transaction, and
/// tells after the commit. So a flush to the disk is shared by all who wait for one, and nobody reads what may not be there after a crash.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    /// <summary>How many operations a transaction has at most.</summary>
    internal const int BatchMax = 256;

    // The log is moved to the file when it may have as many pages: 4 MB.
    private const int LogPages = 1000;

    private readonly SqliteRecords _records;
    private readonly string _path;
    private readonly Action<SqliteFileException> _onFatal;
    private readonly BlockingCollection<SqliteOperation> _waiting = [];
    private readonly List<SqliteOperation> _batch = new(BatchMax);
    private readonly Thread _thread;
    private volatile SqliteFileException? _fatal;
    private int _pages;

    public SqliteWriter(SqliteRecords records, string path, Action<SqliteFileException> onFatal)
    {
        _records = records;
        _path = path;
        _onFatal = onFatal;
        _thread = new Thread(Run) { IsBackground = true, Name = "LockGrains SQLite" };
        _thread.Start();
    }

    public Task<T> ExecuteAsync<T>(Func<SqliteRecords, T> execute, int pages, CancellationToken cancellationToken)
    {
        var operation = new SqliteOperation<T>(execute, cancellationToken) { Pages = pages };
        try
        {
            _waiting.Add(operation, CancellationToken.None);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ObjectDisposedException)
        {
            return Task.FromException<T>(new ObjectDisposedException($"The storage in '{_path}' is closed.", exception));
        }

        return cancellationToken.CanBeCanceled ? operation.Outcome.WaitAsync(cancellationToken) : operation.Outcome;
    }

    /// <summary>Does what still waits, and closes the file.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _records.Dispose();
        _waiting.Dispose();
    }

    private void Run()
    {
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            _batch.Add(first);
            while (_batch.Count < BatchMax && _waiting.TryTake(out var next))
                _batch.Add(next);
            Write();
            _batch.Clear();
        }
    }

    private void Write()
    {
        try
        {
            if (_fatal is { } fatal)
                throw SqliteFileException.Of(_path, "it answered with an error before; this process must end.", fatal);
            _records.Begin();
            foreach (var operation in _batch)
                operation.Execute(_records);
            _records.Commit();
        }
        catch (Exception exception)
        {
            Abandon(exception);
            return;
        }

        foreach (var operation in _batch)
        {
            _pages += operation.Pages;
            operation.Tell();
        }

        TidyUp();
    }

    // Whatever failed may or may not be in the file. All in the batch are told just that: an exception is an unknown outcome.
    private void Abandon(Exception exception)
    {
        Note(exception);
        try
        {
            if (_records.IsInTransaction)
                _records.Rollback();
        }
        catch (SqliteException rollback)
        {
            // What cannot be taken back would be committed with the next batch.
            End(SqliteFileException.Of(_path, rollback));
        }

        foreach (var operation in _batch)
            operation.Fail(exception is SqliteException sqlite ? SqliteFileException.Of(_path, sqlite) : exception);
    }

    private void TidyUp()
    {
        if (_pages < LogPages)
            return;
        _pages = 0;
        try
        {
            _records.TidyUp();
        }
        catch (SqliteException exception)
        {
            // What was told is in the log and stays there. A full disk may have room the next time.
            Note(exception);
        }
    }

    private void Note(Exception exception)
    {
        if (exception is SqliteException sqlite && SqliteFileException.IsFatal(sqlite))
            End(SqliteFileException.Of(_path, sqlite));
    }

    private void End(SqliteFileException exception)
    {
        if (_fatal is not null)
            return;
        _fatal = exception;
        _onFatal(exception);
    }
}
