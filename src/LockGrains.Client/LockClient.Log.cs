using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>What the client logs. Its events have the ids 1 to 99; docs/MONITORING.md lists them.</summary>
internal static partial class LockClientLog
{
    [LoggerMessage(1, LogLevel.Debug, "Acquire of lock '{Key}': no usable answer, {Failures} in a row. {Detail}")]
    public static partial void AcquireUnknown(this ILogger logger, string key, int failures, string detail, Exception? exception);

    [LoggerMessage(2, LogLevel.Warning,
        "Lock '{Key}' was granted (fencing token {FencingToken}), but its reply came after its lease could be over. It "
        + "is given back, and the acquire starts over.{More}")]
    public static partial void GrantCameTooLate(this ILogger logger, string key, long fencingToken, OutageLine more);

    [LoggerMessage(3, LogLevel.Warning,
        "Acquire of lock '{Key}' ended, and its cancel is not confirmed yet; it goes on in the background.{More}")]
    public static partial void CancelGoesOn(this ILogger logger, string key, OutageLine more);

    [LoggerMessage(4, LogLevel.Warning,
        "The progress callback of an acquire of lock '{Key}' threw an exception; the wait goes on.{More}")]
    public static partial void ProgressThrew(this ILogger logger, string key, OutageLine more, Exception exception);

    [LoggerMessage(5, LogLevel.Debug,
        "Renewal of lock '{Key}' (fencing token {FencingToken}): outcome unknown; guaranteed for another {Seconds:0.0} s. {Detail}")]
    public static partial void RenewalUnknown(
        this ILogger logger, string key, long fencingToken, double seconds, string detail, Exception? exception);

    [LoggerMessage(6, LogLevel.Warning,
        "Lock '{Key}' (fencing token {FencingToken}) is at risk: not renewed for long, guaranteed for another {Seconds:0.0} s.{More}")]
    public static partial void HandleAtRisk(this ILogger logger, string key, long fencingToken, double seconds, OutageLine more);

    [LoggerMessage(7, LogLevel.Error, "Lock '{Key}' (fencing token {FencingToken}) is lost: {Why}.{More}")]
    public static partial void HandleLost(this ILogger logger, string key, long fencingToken, string why, OutageLine more);

    [LoggerMessage(8, LogLevel.Error,
        "The handle of lock '{Key}' (fencing token {FencingToken}, owner {OwnerId}) was forgotten without being "
        + "disposed. It is not renewed any more; its lease runs out. Write 'await using', or store the handle.{More}")]
    public static partial void HandleLeaked(this ILogger logger, string key, long fencingToken, string ownerId, OutageLine more);

    [LoggerMessage(9, LogLevel.Warning,
        "Release of lock '{Key}' (fencing token {FencingToken}) is not confirmed yet; it goes on in the background.{More}")]
    public static partial void ReleaseGoesOn(this ILogger logger, string key, long fencingToken, OutageLine more);

    [LoggerMessage(10, LogLevel.Error, "A callback on a token of the handle of lock '{Key}' threw an exception.{More}")]
    public static partial void CallbackThrew(this ILogger logger, string key, OutageLine more, Exception exception);

    [LoggerMessage(11, LogLevel.Warning,
        "The client stops while {Count} cancels and releases are not confirmed; their leases will run out.")]
    public static partial void DisposedWithWorkLeft(this ILogger logger, int count);

    [LoggerMessage(12, LogLevel.Warning, "The cluster gives no usable answer; calls are repeated. {Problem}{More}")]
    public static partial void NoUsableAnswer(this ILogger logger, string problem, OutageLine more);

    [LoggerMessage(14, LogLevel.Warning,
        "The client stops while {Count} locks are held, which are left to their leases and not renewed any more: {Names}.")]
    public static partial void LeftToTheirLeases(this ILogger logger, int count, string names);

    [LoggerMessage(13, LogLevel.Information, "The cluster answers again, after {Failures} failed calls in {Seconds:0.0} s.")]
    public static partial void UsableAnswers(this ILogger logger, int failures, double seconds);
}
