using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace LockGrains.AspNetCore.Access;

/// <summary>The audit log: category <c>LockGrains.Audit</c>, so that it can be sent to a place of its own.</summary>
internal sealed partial class Audit(ILoggerFactory loggers) : IAudit
{
    public const string Category = "LockGrains.Audit";

    private const int TextLengthMax = 1024;

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    /// <inheritdoc/>
    public void Revoked(in AuditedCall call, long fencingToken, string result)
    {
        if (IsSomebody(call) && _logger.IsEnabled(LogLevel.Warning))
            LogRevoked(_logger, call.Who, call.From, Quote(call.Key), fencingToken, Quote(call.Reason), result);
    }

    /// <inheritdoc/>
    public void SessionRevoked(in AuditedCall call, string result)
    {
        if (IsSomebody(call) && _logger.IsEnabled(LogLevel.Warning))
            LogSessionRevoked(_logger, call.Who, call.From, Quote(call.Key), Quote(call.Reason), result);
    }

    /// <inheritdoc/>
    public void LimitSet(in AuditedCall call, int? limit, string result)
    {
        if (IsSomebody(call) && _logger.IsEnabled(LogLevel.Warning))
            LogLimitSet(_logger, call.Who, call.From, Quote(call.Key), limit?.ToString(CultureInfo.InvariantCulture) ?? "none", Quote(call.Reason), result);
    }

    /// <summary>
    /// A text of a request, in quotes. What could end the line, hide a part of it or turn it round is escaped: who revokes must not write the
    /// next line of the log as well.
    /// </summary>
    internal static string Quote(string? text)
    {
        if (text is null)
            return "none";
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            if (quoted.Length > TextLengthMax)
                return quoted.Append("\"...").ToString();
            if (IsPlain(rune))
                quoted.Append(rune.ToString());
            else
                quoted.Append(rune.Value is '"' or '\\' ? $"\\{(char)rune.Value}" : string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}"));
        }

        return quoted.Append('"').ToString();
    }

    // Without an access key nobody ever does what is audited. Whoever is refused it without one could fill the disk with lines.
    private static bool IsSomebody(in AuditedCall call) => AccessCredential.IsKey(call.Who);

    private static bool IsPlain(Rune rune) => rune.Value is not ('"' or '\\') && Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    [LoggerMessage(
        EventId = 461,
        Level = LogLevel.Warning,
        Message = "{Who} at {From} revoked {Key}, fencing token {FencingToken}, reason {Reason}: {Result}")]
    private static partial void LogRevoked(ILogger logger, string who, System.Net.IPAddress? from, string key, long fencingToken, string reason, string result);

    [LoggerMessage(EventId = 462, Level = LogLevel.Warning, Message = "{Who} at {From} set the limit of {Key} to {Limit}, reason {Reason}: {Result}")]
    private static partial void LogLimitSet(ILogger logger, string who, System.Net.IPAddress? from, string key, string limit, string reason, string result);

    [LoggerMessage(EventId = 463, Level = LogLevel.Warning, Message = "{Who} at {From} revoked the session {Session}, reason {Reason}: {Result}")]
    private static partial void LogSessionRevoked(ILogger logger, string who, System.Net.IPAddress? from, string session, string reason, string result);
}
