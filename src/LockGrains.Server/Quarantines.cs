using LockGrains.Core;
using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>
/// Logs a silo's quarantines by their reason: an outage of the storage quarantines every lock that is asked for, again and again, and is
/// one thing to tell (<see cref="OutageLog{T}"/>). Each single one, with its stack, is there for debugging.
/// </summary>
internal sealed class Quarantines : IDisposable
{
    private readonly ILogger _logger;
    private readonly OutageLog<(string Key, Exception? Problem)> _storage;
    private readonly OutageLog<(string Key, Exception? Problem)> _conflicts;
    private readonly OutageLog<(string Key, Exception? Problem)> _badRecords;
    private readonly OutageLog<(string Key, Exception? Problem)> _defects;

    public Quarantines(ILogger logger, TimeProvider time)
    {
        _logger = logger;
        _storage = new(
            time,
            (one, more) => LockGrainLog.StorageFails(logger, one.Key, FailureText.Of(one.Problem, isShort: !more.IsFirst), more),
            outage => LockGrainLog.StorageAnswers(logger, outage.Count, outage.Seconds));
        _conflicts = new(time, (one, more) => LockGrainLog.Conflict(logger, one.Key, FailureText.Of(one.Problem), more));
        _badRecords = new(time, (one, more) => LockGrainLog.BadRecord(logger, one.Key, FailureText.Of(one.Problem), more));
        _defects = new(time, (one, more) => LockGrainLog.Defect(logger, one.Key, FailureText.Of(one.Problem), more));
    }

    public void Add(string key, QuarantineReason reason, Exception? problem)
    {
        LockGrainLog.Quarantined(_logger, key, reason, problem);
        var log = reason switch
        {
            QuarantineReason.OutcomeUnknown => _storage,
            QuarantineReason.Conflict => _conflicts,
            QuarantineReason.BadRecord => _badRecords,
            _ => _defects,
        };
        log.Fails((key, problem));
    }

    /// <summary>Storage did what it was asked: perhaps the end of an outage.</summary>
    public void StorageAnswered() => _storage.Succeeds();

    public void Dispose()
    {
        foreach (var log in new[] { _storage, _conflicts, _badRecords, _defects })
            log.Dispose();
    }
}
