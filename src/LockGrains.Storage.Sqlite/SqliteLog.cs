using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>What the SQLite storage logs. Its events have the ids 301 to 349; docs/MONITORING.md lists them.</summary>
internal static partial class SqliteLog
{
    [LoggerMessage(301, LogLevel.Critical, "{Problem} Nobody knows now what it holds, so this process ends; the next start reads what is there.")]
    public static partial void Ended(ILogger logger, string problem);

    [LoggerMessage(302, LogLevel.Warning, "The locks are kept in '{Path}' on a file system of type '{Type}', which may lose what it has acknowledged, or let two machines open the file.")]
    public static partial void UnsafeFileSystem(ILogger logger, string path, string type);

    [LoggerMessage(303, LogLevel.Warning, "The locks are kept in '{Path}', which is inside this container and goes with it. Mount a volume there.")]
    public static partial void NoVolume(ILogger logger, string path);
}
