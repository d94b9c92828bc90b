using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>What elected services log. Their events have the ids 31 to 49, which are the client's; docs/MONITORING.md lists them.</summary>
internal static partial class ElectedServiceLog
{
    [LoggerMessage(31, LogLevel.Information, "{Worker} leads '{Key}', with fencing token {FencingToken}.")]
    public static partial void Elected(this ILogger logger, string key, string worker, long fencingToken);

    [LoggerMessage(32, LogLevel.Information, "{Worker} waits to lead '{Key}', in place {Place} of {QueueLength}.")]
    public static partial void Follows(this ILogger logger, string key, string worker, int place, int queueLength);

    [LoggerMessage(33, LogLevel.Information, "{Worker}, which leads '{Key}' (fencing token {FencingToken}), comes to its end: {Why}.")]
    public static partial void WorkerEnds(this ILogger logger, string key, string worker, long fencingToken, string why);

    [LoggerMessage(34, LogLevel.Information,
        "{Worker} leads '{Key}' no more (fencing token {FencingToken}). It has ended {Seconds:0.0} s after it was told. Release: {Release}.")]
    public static partial void Resigned(this ILogger logger, string key, string worker, long fencingToken, double seconds, ReleaseOutcome release);

    [LoggerMessage(35, LogLevel.Warning, "{Worker} cannot campaign for '{Key}', and tries again. {Problem}")]
    public static partial void CannotCampaign(this ILogger logger, string key, string worker, string problem);

    [LoggerMessage(36, LogLevel.Error, "{Worker}, which leads '{Key}' (fencing token {FencingToken}), has failed. {Next}")]
    public static partial void WorkerFailed(this ILogger logger, string key, string worker, long fencingToken, string next, Exception exception);

    [LoggerMessage(37, LogLevel.Warning,
        "{Worker} still runs {Seconds:0.0} s after it was told to stop. It keeps the lock '{Key}' (fencing token {FencingToken}), "
        + "which is guaranteed for another {Remaining:0.0} s. It is waited for.")]
    public static partial void WorkerStillRuns(this ILogger logger, string key, string worker, long fencingToken, double seconds, double remaining);

    [LoggerMessage(38, LogLevel.Error,
        "The lock '{Key}' (fencing token {FencingToken}) is lost while {Worker} still runs: another may lead at the same time.")]
    public static partial void LostWhileRunning(this ILogger logger, string key, string worker, long fencingToken);

    [LoggerMessage(39, LogLevel.Warning, "{Worker}, which leads '{Key}' (fencing token {FencingToken}), threw an exception while it came to its end.")]
    public static partial void WorkerThrewAtEnd(this ILogger logger, string key, string worker, long fencingToken, Exception exception);

    [LoggerMessage(40, LogLevel.Warning,
        "The host stops without {Worker} having ended. Its lock '{Key}' (fencing token {FencingToken}) is not released: it is left to its lease.")]
    public static partial void LeftRunning(this ILogger logger, string key, string worker, long fencingToken);

    [LoggerMessage(41, LogLevel.Warning, "{Count} services of this host campaign for '{Key}': only one of them runs at a time.")]
    public static partial void SameKey(this ILogger logger, string key, int count);
}
