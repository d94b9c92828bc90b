using Npgsql;

namespace LockGrains;

/// <summary>
/// Notices the warnings that come with a command. One of them means: the commit is not known to have reached the standby. PostgreSQL calls
/// such a commit a success, because it can no longer be taken back here.
/// </summary>
internal sealed class WarningWatch : IDisposable
{
    private readonly NpgsqlConnection _connection;

    public WarningWatch(NpgsqlConnection connection)
    {
        _connection = connection;
        connection.Notice += OnNotice;
    }

    /// <summary>The first warning; null when there was none.</summary>
    public string? Warning { get; private set; }

    public void Dispose() => _connection.Notice -= OnNotice;

    // Its text may be in any language; its severity is not. Anything that is not known to be harmless is taken for a warning.
    internal static bool IsWarning(string? severity) => severity is not ("NOTICE" or "INFO" or "LOG" or "DEBUG");

    private void OnNotice(object sender, NpgsqlNoticeEventArgs arguments)
    {
        if (IsWarning(arguments.Notice.InvariantSeverity))
            Warning ??= arguments.Notice.MessageText;
    }
}
