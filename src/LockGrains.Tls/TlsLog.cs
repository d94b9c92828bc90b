using System.Net;
using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>What TLS between silos and clients logs. Its events have the ids 601 to 649; docs/MONITORING.md lists them.</summary>
internal static partial class TlsLog
{
    [LoggerMessage(601, LogLevel.Warning, "A connection from {Peer} was refused: {Problem}{More}")]
    public static partial void Refused(ILogger logger, EndPoint? peer, string problem, OutageLine more);

    [LoggerMessage(602, LogLevel.Warning, "No connection to {Peer}: {Problem}{More}")]
    public static partial void Failed(ILogger logger, EndPoint? peer, string problem, OutageLine more);

    [LoggerMessage(603, LogLevel.Information, "Orleans connections have TLS, with the certificate {Subject}, valid until {NotAfter:u}.")]
    public static partial void Presented(ILogger logger, string subject, DateTime notAfter);

    [LoggerMessage(604, LogLevel.Error, "The certificate in '{File}' could not be read again; the one from before stays: {Problem}")]
    public static partial void NotReloaded(ILogger logger, string file, string problem);
}
