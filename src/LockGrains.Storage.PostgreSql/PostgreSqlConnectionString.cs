using System.Data.Common;
using Npgsql;

namespace LockGrains;

/// <summary>
/// What a connection string must be, and what is added to it. No message repeats a value of it: each could be a password, or a piece of one.
/// </summary>
internal static class PostgreSqlConnectionString
{
    private const string Form = "it must be Host=HOST[,HOST...];Username=...;Password=...;Database=...";

    private const int SecondsMax = 3600;

    // In front: what the string says itself counts. Of several hosts one that was a standby is asked again after a second: with Npgsql's own
    // ten, a promotion takes ten.
    private const string Defaults = "Timeout=2;Command Timeout=2;Maximum Pool Size=32;Application Name=lockgrains;Host Recheck Seconds=1;";

    /// <summary>What is wrong with a connection string; null when nothing is.</summary>
    public static string? FindProblem(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return $"is empty; {Form}.";
        if (text.TrimStart().StartsWith("postgres", StringComparison.OrdinalIgnoreCase) && text.Contains("://", StringComparison.Ordinal))
            return $"is an address (…://…), which Npgsql does not read; {Form}.";
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or KeyNotFoundException)
        {
            return $"is malformed{FindPlace(text)}; {Form}.";
        }

        if (string.IsNullOrWhiteSpace(builder.Host))
            return $"names no host; {Form}.";
        return FindUnsafe(builder);
    }

    /// <summary>The string with what locks need.</summary>
    /// <exception cref="ArgumentException">Something is wrong with it (<see cref="FindProblem"/>).</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        if (FindProblem(text) is { } problem)
            throw new ArgumentException($"The PostgreSQL connection string {problem}", nameof(text));
        return new NpgsqlConnectionStringBuilder(Defaults + text)
        {
            // Who waits no longer leaves: what a cancelled commit answers, success with a warning, is not waited for.
            CancellationTimeout = -1,

            // A transaction of the caller's must not decide when a lock is written.
            Enlist = false,

            // Nothing is left behind in a session that would have to be taken away before its next use.
            NoResetOnClose = true,

            // A statement is prepared by those who know that no pooler stands in between.
            MaxAutoPrepare = 0,
            TargetSessionAttributes = null,
        };
    }

    /// <summary>The string for Orleans' membership: a handful of connections to the server that takes writes.</summary>
    public static string ForMembership(string text)
    {
        var builder = Parse(text);
        builder.MaxPoolSize = Math.Min(builder.MaxPoolSize, 8);
        builder.MinPoolSize = Math.Min(builder.MinPoolSize, builder.MaxPoolSize);
        if (HasManyHosts(builder))
            builder.TargetSessionAttributes = "read-write";
        return builder.ConnectionString;
    }

    public static bool HasManyHosts(NpgsqlConnectionStringBuilder builder) => builder.Host!.Contains(',', StringComparison.Ordinal);

    /// <summary>The servers, as people write them.</summary>
    public static string NameServers(NpgsqlConnectionStringBuilder builder) => string.Join(
        ", ",
        builder.Host!.Split(',', StringSplitOptions.TrimEntries).Select(host => IsPath(host) || HasPort(host) ? host : $"{host}:{builder.Port}"));

    /// <summary>Whether all that it connects to is this machine itself.</summary>
    public static bool IsLocal(NpgsqlConnectionStringBuilder builder) => builder.Host!.Split(',', StringSplitOptions.TrimEntries).All(host =>
    {
        var name = HasPort(host) ? host[..host.LastIndexOf(':')] : host;
        return IsPath(host) || name is "localhost" || (System.Net.IPAddress.TryParse(name, out var address) && System.Net.IPAddress.IsLoopback(address));
    });

    private static bool IsPath(string host) => host.StartsWith('/') || host.StartsWith('@');

    private static bool HasPort(string host) => host.Count(character => character == ':') == 1;

    private static string? FindUnsafe(NpgsqlConnectionStringBuilder builder)
    {
        if (builder.Multiplexing)
            return "sets Multiplexing=true; a warning could then reach another command than the one it is about. Leave it out.";
        if (builder.CancellationTimeout is not (-1 or 2000))
            return $"sets Cancellation Timeout={builder.CancellationTimeout}; a cancelled commit could then read as done. Leave it out.";
        if (builder.TargetSessionAttributes is not (null or "read-write" or "primary"))
            return "sets Target Session Attributes; locks need the server that takes writes. Leave it out, or set read-write.";
        if (builder.CommandTimeout is < 1 or > SecondsMax)
            return $"sets Command Timeout={builder.CommandTimeout}; it must be 1 to {SecondsMax} (s).";
        return builder.Timeout is < 1 or > SecondsMax ? $"sets Timeout={builder.Timeout}; it must be 1 to {SecondsMax} (s)." : null;
    }

    /// <summary>Which of its keywords is the wrong one, by number: even a keyword can be a piece of a password that was not quoted.</summary>
    private static string FindPlace(string text)
    {
        try
        {
            var pairs = new DbConnectionStringBuilder { ConnectionString = text };
            var keys = pairs.Keys.Cast<string>().ToList();
            var wrong = keys.FindIndex(key => !IsGood(key, pairs[key]));
            return wrong < 0 ? "" : $" at setting {wrong + 1} of {keys.Count} (a value that contains ';' or '=' needs quotes)";
        }
        catch (ArgumentException)
        {
            return " (a value that contains ';' or '=' needs quotes)";
        }
    }

    private static bool IsGood(string key, object value)
    {
        try
        {
            _ = new NpgsqlConnectionStringBuilder { [key] = value };
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or KeyNotFoundException or InvalidCastException)
        {
            return false;
        }
    }
}
