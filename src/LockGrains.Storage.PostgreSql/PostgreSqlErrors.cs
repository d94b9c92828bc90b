using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace LockGrains;

/// <summary>Errors of PostgreSQL and of the way to it, in one line.</summary>
internal static class PostgreSqlErrors
{
    // Connection trouble, too little of something, and a server that starts, stops or has crashed.
    private static readonly string[] PassingStates = ["08", "53", "57P"];

    /// <summary>Whether it is an error of PostgreSQL, or of the way to it.</summary>
    public static bool IsOurs(Exception exception) =>
        exception is DbException or TimeoutException or InvalidOperationException or SocketException or IOException;

    /// <summary>An error as callers are told of it.</summary>
    public static PostgreSqlStoreException Wrap(Exception exception, string servers) =>
        new($"PostgreSQL at {servers}: {Describe(exception)}", exception) { MayPass = IsPassing(exception) };

    /// <summary>What happened, without what surrounds it. No error of Npgsql or PostgreSQL repeats a password.</summary>
    public static string Describe(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case PostgreSqlStoreException:
                    return inner.Message;
                case PostgresException error:
                    return $"{error.MessageText} ({error.SqlState})";
                case AggregateException { InnerExceptions.Count: > 1 } several:
                    return string.Join("; ", several.InnerExceptions.Select(Describe).Distinct());
                case TimeoutException:
                    return "it did not answer in time";
            }
        }

        return exception.GetBaseException().Message;
    }

    /// <summary>Whether nobody answered in time, or no connection was free.</summary>
    public static bool IsTimeout(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is TimeoutException)
                return true;
        }

        return false;
    }

    private static bool IsPassing(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is PostgresException error)
                return PassingStates.Any(state => error.SqlState.StartsWith(state, StringComparison.Ordinal));
        }

        return exception is NpgsqlException or TimeoutException or IOException or SocketException;
    }
}
