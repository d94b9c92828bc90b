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

    /// <summary>Makes a client.</summary>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <param name="revokeReason">Why it revokes, for the silo's audit log; null for no reason.</param>
    public Task<LockConnection> ConnectAsync(CancellationToken cancellationToken, string? revokeReason = null) =>
        LockConnection.OpenAsync(Connection, revokeReason, Verbose ? Error : null, TimeProvider, cancellationToken);
}
