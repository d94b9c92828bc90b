using Microsoft.Extensions.Logging;

namespace LockGrains;

internal static partial class TidyLog
{
    [LoggerMessage(117, LogLevel.Information, "Tidy pass: {Records} lock records, {InUse} in use, {LeftBehind} left behind and to be forgotten, {Unreadable} unreadable, in {Elapsed}.")]
    public static partial void Passed(ILogger logger, long records, long inUse, long leftBehind, long unreadable, TimeSpan elapsed);

    [LoggerMessage(118, LogLevel.Warning, "A tidy pass ended early, and will be tried again: {Problem}")]
    public static partial void Failed(ILogger logger, string problem);
}
