using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>What the client logs.</summary>
internal static partial class LockClientLog
{
    [LoggerMessage(1, LogLevel.Debug, "Acquire of lock '{Key}': no usable answer, {Failures} in a row. {Detail}")]
    public static partial void AcquireUnknown(
        this ILogger logger, string key, int failures, string? detail, Exception? exception);

    [LoggerMessage(2, LogLevel.Warning,
        "Lock '{Key}' was granted (fencing token {FencingToken}), but its reply came after its lease could be over. It "
        + "is given back, and the acquire starts over.")]
    public static partial void GrantCameTooLate(this ILogger logger, string key, long fencingToken);

    [LoggerMessage(3, LogLevel.Warning,
        "Acquire of lock '{Key}' ended, and its cancel is not confirmed yet; it goes on in the background.")]
    public static partial void CancelGoesOn(this ILogger logger, string key);

    [LoggerMessage(4, LogLevel.Warning,
        "The progress callback of an acquire of lock '{Key}' threw an exception; the wait goes on.")]
    public static partial void ProgressThrew(this ILogger logger, string key, Exception exception);

    [LoggerMessage(5, LogLevel.Warning,
        "Renewal of lock '{Key}' (fencing token {FencingToken}): outcome unknown; guaranteed for another {Remaining}. {Detail}")]
    public static partial void RenewalUnknown(
        this ILogger logger, string key, long fencingToken, TimeSpan remaining, string? detail, Exception? exception);

    [LoggerMessage(6, LogLevel.Warning,
        "Lock '{Key}' (fencing token {FencingToken}) is at risk: not renewed for long, guaranteed for another {Remaining}.")]
    public static partial void HandleAtRisk(this ILogger logger, string key, long fencingToken, TimeSpan remaining);

    [LoggerMessage(7, LogLevel.Error, "Lock '{Key}' (fencing token {FencingToken}) is lost: {Reason}, {End}.")]
    public static partial void HandleLost(this ILogger logger, string key, long fencingToken, LossReason reason, LeaseEnd end);

    [LoggerMessage(8, LogLevel.Error,
        "The handle of lock '{Key}' (fencing token {FencingToken}, owner {OwnerId}) was forgotten without being "
        + "disposed. It is not renewed any more; its lease runs out.")]
    public static partial void HandleLeaked(this ILogger logger, string key, long fencingToken, string ownerId);

    [LoggerMessage(9, LogLevel.Warning,
        "Release of lock '{Key}' (fencing token {FencingToken}) is not confirmed yet; it goes on in the background.")]
    public static partial void ReleaseGoesOn(this ILogger logger, string key, long fencingToken);

    [LoggerMessage(10, LogLevel.Error, "A callback on a token of the handle of lock '{Key}' threw an exception.")]
    public static partial void CallbackThrew(this ILogger logger, string key, Exception exception);

    [LoggerMessage(11, LogLevel.Warning,
        "The client is disposed while {Count} cancels and releases are not confirmed; their leases will run out.")]
    public static partial void DisposedWithWorkLeft(this ILogger logger, int count);
}
