using LockGrains.Core;
using Microsoft.Extensions.Logging;

namespace LockGrains;

internal static partial class LockGrainLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Answering the waiting calls of {Count} locks before this silo stops.")]
    public static partial void SiloStopping(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The process of silo {Silo} has ended: its port is refused. Declaring it dead.")]
    public static partial void SiloCrashed(ILogger logger, SiloAddress silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Silo} could not be declared dead.")]
    public static partial void SiloNotDeclared(ILogger logger, Exception exception, SiloAddress silo);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Lock '{Key}' loaded: {Holders} holding, {Waiters} waiting, epoch {Epoch}, fenced {Fenced}.")]
    public static partial void Loaded(ILogger logger, string key, int holders, int waiters, long epoch, bool fenced);

    [LoggerMessage(Level = LogLevel.Information, Message = "Lock '{Key}': the lease of '{OwnerId}' (token {FencingToken}) expired.")]
    public static partial void Expired(ILogger logger, string key, string ownerId, long fencingToken);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lock '{Key}': the lease of '{OwnerId}' (token {FencingToken}) was revoked by an operator.")]
    public static partial void Revoked(ILogger logger, string key, string ownerId, long fencingToken);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lock '{Key}' is quarantined ({Reason}): this activation ends, and the next one loads what is true.")]
    public static partial void Quarantined(ILogger logger, string key, QuarantineReason reason, Exception? exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Lock '{Key}' cannot be served ({Reason}) until its stored record, or the defect, is mended.")]
    public static partial void Unserviceable(ILogger logger, string key, QuarantineReason reason, Exception? exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Locks are kept in {Storage}, identity {Identity}.")]
    public static partial void StoreIdentified(ILogger logger, string storage, Guid identity);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The identity of the storage {Storage} could not be read: {Problem} Trying again until it can.")]
    public static partial void StoreNotIdentified(ILogger logger, string storage, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Records of keys that nobody uses any more stay in the storage {Storage}: {Reason}.")]
    public static partial void CannotForget(ILogger logger, string storage, string reason);
}
