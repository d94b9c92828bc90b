using LockGrains.Cli.Connecting;

namespace LockGrains.Cli.Commands;

/// <summary>What every command works with.</summary>
internal sealed record CommandContext
{
    public required ConnectionSettings Connection { get; init; }

    /// <summary>Whether warnings of the client and stack traces are shown.</summary>
    public required bool Verbose { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Tells the user a line, under lockgrains' name: standard error is shared with the command.</summary>
    public void Tell(string line) => Error.WriteLine($"lockgrains: {line}");

    public Task<LockConnection> ConnectAsync(CancellationToken cancellationToken) =>
        LockConnection.OpenAsync(Connection, Verbose ? Error : null, TimeProvider, cancellationToken);
}
