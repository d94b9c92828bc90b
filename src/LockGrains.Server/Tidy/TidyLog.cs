using Microsoft.Extensions.Logging;

namespace LockGrains;

internal static partial class TidyLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Tidy pass: {Records} lock records, {InUse} in use, {LeftBehind} left behind and to be forgotten, {Unreadable} unreadable, in {Elapsed}.")]
    public static partial void Passed(ILogger logger, long records, long inUse, long leftBehind, long unreadable, TimeSpan elapsed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A tidy pass ended early, and will be tried again: {Problem}")]
    public static partial void Failed(ILogger logger, string problem);
}
