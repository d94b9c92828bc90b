using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>The keys of the load.</summary>
internal static class LoadKeys
{
    /// <summary>The limit of all semaphores.</summary>
    public const int Limit = 3;

    /// <summary>The one key of the run with readers and writers.</summary>
    public const string Document = "document";

    /// <summary>The one key of the run with a semaphore.</summary>
    public const string Pool = "pool";

    /// <summary>The key for which all processes campaign.</summary>
    public const string Lead = "lead";

    /// <summary>The key of the work that runs once per edition.</summary>
    public const string Once = "once";

    /// <summary>The key that callers over HTTP read and write.</summary>
    public const string HttpShared = HttpPrefix + "shared";

    private const string HttpPrefix = "http-";
    private const string ReaderWriterPrefix = "shared-";
    private const string SemaphorePrefix = "permits-";
    private const int LightCount = 200;

    /// <summary>Keys that always have a queue: by them recovery is measured.</summary>
    public static IReadOnlyList<string> Hot { get; } = [.. Enumerable.Range(0, 6).Select(number => $"hot-{number}")];

    /// <summary>Keys with readers, writers, and holders who upgrade and downgrade.</summary>
    public static IReadOnlyList<string> ReaderWriter { get; } = [.. Enumerable.Range(0, 2).Select(number => $"{ReaderWriterPrefix}{number}")];

    /// <summary>Keys with permits.</summary>
    public static IReadOnlyList<string> Semaphores { get; } = [.. Enumerable.Range(0, 2).Select(number => $"{SemaphorePrefix}{number}")];

    /// <summary>All keys that have callers of their own. Each must be granted again after a fault.</summary>
    public static IReadOnlyList<string> Contended { get; } = [.. Hot, .. ReaderWriter, .. Semaphores];

    /// <summary>
    /// Those of them that the callers in the co-hosted silo want too. Not all: a lock lives where it was asked for first, and they would
    /// draw all keys to their silo.
    /// </summary>
    public static IReadOnlyList<string> Inside { get; } = [.. Hot.Skip(4), ReaderWriter[^1], Semaphores[^1]];

    /// <summary>Keys that are held for seconds, with renewals.</summary>
    public static IReadOnlyList<string> Slow { get; } = [.. Enumerable.Range(0, 4).Select(number => $"slow-{number}")];

    /// <summary>Keys that are held under sessions; the last two also by readers.</summary>
    public static IReadOnlyList<string> UnderSession { get; } = [.. Enumerable.Range(0, 6).Select(number => $"session-{number}")];

    /// <summary>
    /// Keys that are free only once a session or a leader has ended. By them no recovery is measured, but each must be granted again after a fault.
    /// </summary>
    public static IReadOnlyList<string> Recurring { get; } = [.. UnderSession, Lead];

    /// <summary>Keys that callers over HTTP want: some of those that others want too, and of their own one of writers and one of readers and writers.</summary>
    public static IReadOnlyList<string> OverHttp { get; } = [Hot[0], Hot[1], HttpPrefix + "0", HttpShared];

    /// <summary>The prefixes of these, for whoever lets these callers in.</summary>
    public static IReadOnlyList<string> HttpPrefixes { get; } = ["hot-", HttpPrefix];

    /// <summary>The keys that each process watches.</summary>
    public static IReadOnlyList<string> Observed { get; } = [Hot[0], ReaderWriter[0], UnderSession[0], Lead];

    /// <summary>The keys whose grants are timed, in any run.</summary>
    public static IReadOnlyList<string> Watched { get; } = [.. Contended, .. Recurring, Document, Pool];

    /// <summary>One of many keys that are hardly ever contended.</summary>
    public static string Light(Random random) => $"light-{random.Next(LightCount)}";

    public static bool IsReaderWriter(string key) => key.StartsWith(ReaderWriterPrefix, StringComparison.Ordinal);

    /// <summary>Whether readers hold it under sessions, too.</summary>
    public static bool IsReadUnderSession(string key) => UnderSession.Skip(4).Contains(key, StringComparer.Ordinal);

    public static bool IsSemaphore(string key) => key.StartsWith(SemaphorePrefix, StringComparison.Ordinal);

    /// <summary>The name by which the resource knows one permit of a key: each number has tokens of its own.</summary>
    public static string OfNumber(string key, int number) => string.Create(CultureInfo.InvariantCulture, $"{key}#{number}");

    /// <summary>The key of such a name, or of a key itself.</summary>
    public static string KeyOf(string name) => name.Split('#')[0];
}
