namespace LockGrains;

/// <summary>Something to be done with the records, by the thread that writes. Its outcome is told only after the commit.</summary>
internal abstract class SqliteOperation
{
    /// <summary>How many pages of the log it may take; 0 for a read.</summary>
    public required int Pages { get; init; }

    public abstract void Execute(SqliteRecords records);

    public abstract void Tell();

    public abstract void Fail(Exception exception);
}

/// <inheritdoc/>
internal sealed class SqliteOperation<T>(Func<SqliteRecords, T> execute, CancellationToken cancellationToken) : SqliteOperation
{
    private readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;
    private bool _isCancelled;

    public Task<T> Outcome => _outcome.Task;

    public override void Execute(SqliteRecords records)
    {
        _isCancelled = cancellationToken.IsCancellationRequested;
        if (!_isCancelled)
            _result = execute(records);
    }

    public override void Tell()
    {
        if (_isCancelled)
            _outcome.TrySetCanceled(cancellationToken);
        else
            _outcome.TrySetResult(_result!);
    }

    public override void Fail(Exception exception) => _outcome.TrySetException(exception);
}
