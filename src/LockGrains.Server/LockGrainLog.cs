using LockGrains.Core;
using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>What the locks of a silo log. Its events have the ids 101 to 199; docs/MONITORING.md lists them.</summary>
internal static partial class LockGrainLog
{
    [LoggerMessage(101, LogLevel.Information, "Answering the waiting calls of {Count} locks before this silo stops.")]
    public static partial void SiloStopping(ILogger logger, int count);

    [LoggerMessage(102, LogLevel.Warning, "The process of silo {Silo} has ended: its port is refused. Declaring it dead.")]
    public static partial void SiloCrashed(ILogger logger, SiloAddress silo);

    [LoggerMessage(103, LogLevel.Warning, "Silo {Silo} could not be declared dead: {Problem}{More}")]
    public static partial void SiloNotDeclared(ILogger logger, SiloAddress silo, string problem, OutageLine more);

    [LoggerMessage(104, LogLevel.Debug, "Lock '{Key}' loaded: {Holders} holding, {Waiters} waiting, epoch {Epoch}, fenced {Fenced}.")]
    public static partial void Loaded(ILogger logger, string key, int holders, int waiters, long epoch, bool fenced);

    [LoggerMessage(105, LogLevel.Information, "Lock '{Key}': the lease of '{OwnerId}' (token {FencingToken}) expired.")]
    public static partial void Expired(ILogger logger, string key, string ownerId, long fencingToken);

    [LoggerMessage(106, LogLevel.Warning, "Lock '{Key}': the lease of '{OwnerId}' (token {FencingToken}) was revoked by an operator.")]
    public static partial void Revoked(ILogger logger, string key, string ownerId, long fencingToken);

    [LoggerMessage(107, LogLevel.Warning, "Storage does not do as it is asked. Lock '{Key}' is quarantined, and loaded again: {Problem}{More}")]
    public static partial void StorageFails(ILogger logger, string key, string problem, OutageLine more);

    [LoggerMessage(108, LogLevel.Information, "Storage does as it is asked again, after {Failures} quarantines in {Seconds:0.0} s.")]
    public static partial void StorageAnswers(ILogger logger, int failures, double seconds);

    [LoggerMessage(109, LogLevel.Warning, "Lock '{Key}' was written by another. It is quarantined, and loaded again: {Problem}{More}")]
    public static partial void Conflict(ILogger logger, string key, string problem, OutageLine more);

    [LoggerMessage(110, LogLevel.Error, "Lock '{Key}' cannot be served until its stored record is mended: {Problem}{More}")]
    public static partial void BadRecord(ILogger logger, string key, string problem, OutageLine more);

    [LoggerMessage(111, LogLevel.Error, "Lock '{Key}' is quarantined because of a defect of LockGrains: {Problem}{More}")]
    public static partial void Defect(ILogger logger, string key, string problem, OutageLine more);

    [LoggerMessage(112, LogLevel.Debug, "Lock '{Key}' is quarantined ({Reason}).")]
    public static partial void Quarantined(ILogger logger, string key, QuarantineReason reason, Exception? exception);

    [LoggerMessage(113, LogLevel.Information, "Locks are kept in {Storage}, identity {Identity}.")]
    public static partial void StoreIdentified(ILogger logger, string storage, Guid identity);

    [LoggerMessage(114, LogLevel.Warning, "The identity of the storage {Storage} could not be read: {Problem} Trying again until it can.")]
    public static partial void StoreNotIdentified(ILogger logger, string storage, string problem);

    [LoggerMessage(115, LogLevel.Warning, "Records of keys that nobody uses any more stay in the storage {Storage}: {Reason}.")]
    public static partial void CannotForget(ILogger logger, string storage, string reason);

    [LoggerMessage(116, LogLevel.Warning, "Silo {Silo} was declared dead. Its locks are loaded by other silos.")]
    public static partial void SiloDeclaredDead(ILogger logger, SiloAddress silo);
}
