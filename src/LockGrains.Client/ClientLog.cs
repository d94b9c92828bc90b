using System.Globalization;
using LockGrains.Core;
using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>
/// What one client logs, and how often: what an outage brings about by the thousand is told once, then counted
/// (<see cref="OutageLog{T}"/>). Each single failure, with its stack, is there for debugging. Its time is that of people, whatever the
/// leases go by.
/// </summary>
internal sealed class ClientLog : IDisposable
{
    private const int NamesMax = 10;

    private readonly ILogger _logger;
    private readonly OutageLog<Exception> _noAnswer;
    private readonly OutageLog<(string Key, long Token)> _late;
    private readonly OutageLog<string> _cancelGoesOn;
    private readonly OutageLog<(string Key, long Token)> _releaseGoesOn;
    private readonly OutageLog<(string Key, long Token, TimeSpan Remaining)> _atRisk;
    private readonly OutageLog<(string Key, long Token, string Why)> _lost;
    private readonly OutageLog<(string Key, long Token, string OwnerId)> _leaked;
    private readonly OutageLog<(string Key, Exception Problem)> _progressThrew;
    private readonly OutageLog<(string Key, Exception Problem)> _callbackThrew;
    private volatile bool _isEnding;

    public ClientLog(ILogger logger, TimeProvider time)
    {
        _logger = logger;
        _noAnswer = new(
            time,
            (problem, more) => logger.NoUsableAnswer(FailureText.Of(problem, isShort: !more.IsFirst), more),
            outage => logger.UsableAnswers(outage.Count, outage.Seconds));
        _late = new(time, (grant, more) => logger.GrantCameTooLate(grant.Key, grant.Token, more));
        _cancelGoesOn = new(time, (key, more) => logger.CancelGoesOn(key, more));
        _releaseGoesOn = new(time, (handle, more) => logger.ReleaseGoesOn(handle.Key, handle.Token, more));
        _atRisk = new(time, (handle, more) => logger.HandleAtRisk(handle.Key, handle.Token, handle.Remaining.TotalSeconds, more));
        _lost = new(time, (handle, more) => logger.HandleLost(handle.Key, handle.Token, handle.Why, more));
        _leaked = new(time, (handle, more) => logger.HandleLeaked(handle.Key, handle.Token, handle.OwnerId, more));
        _progressThrew = new(time, (wait, more) => logger.ProgressThrew(wait.Key, more, wait.Problem));
        _callbackThrew = new(time, (handle, more) => logger.CallbackThrew(handle.Key, more, handle.Problem));
    }

    /// <summary>A call to the cluster failed, or was answered "unknown".</summary>
    public void CallFailed(Exception problem)
    {
        if (!_isEnding)
            _noAnswer.Fails(problem);
    }

    /// <summary>The connection goes next: a call that fails from now on is no news.</summary>
    public void OnEnding() => _isEnding = true;

    public void CallAnswered() => _noAnswer.Succeeds();

    public void AcquireUnknown(string key, int failures, string? detail, Exception? problem) =>
        _logger.AcquireUnknown(key, failures, detail ?? "No reason was given.", problem);

    public void RenewalUnknown(string key, long token, TimeSpan remaining, string? detail, Exception? problem) =>
        _logger.RenewalUnknown(key, token, remaining.TotalSeconds, FailureText.Of(problem, detail), problem);

    public void GrantCameTooLate(string key, long token) => _late.Fails((key, token));

    public void CancelGoesOn(string key) => _cancelGoesOn.Fails(key);

    public void ReleaseGoesOn(string key, long token) => _releaseGoesOn.Fails((key, token));

    public void HandleAtRisk(string key, long token, TimeSpan remaining) => _atRisk.Fails((key, token, remaining));

    public void HandleLost(string key, long token, LossReason reason, EndReason end) => _lost.Fails((key, token, Explain(reason, end)));

    public void HandleLeaked(string key, long token, string ownerId) => _leaked.Fails((key, token, ownerId));

    public void ProgressThrew(string key, Exception problem) => _progressThrew.Fails((key, problem));

    public void CallbackThrew(string key, Exception problem) => _callbackThrew.Fails((key, problem));

    public void DisposedWithWorkLeft(int count) => _logger.DisposedWithWorkLeft(count);

    /// <summary>One line for all: the first few by name, the others by number.</summary>
    public void LeftToTheirLeases(IReadOnlyCollection<LeaseKeeper> keepers)
    {
        var names = string.Join(", ", keepers.Take(NamesMax).Select(
            static keeper => string.Create(CultureInfo.InvariantCulture, $"'{keeper.Key}' (fencing token {keeper.FencingToken})")));
        _logger.LeftToTheirLeases(keepers.Count, keepers.Count > NamesMax ? $"{names} and {keepers.Count - NamesMax} more" : names);
    }

    public void Dispose()
    {
        foreach (IDisposable log in new IDisposable[]
            { _noAnswer, _late, _cancelGoesOn, _releaseGoesOn, _atRisk, _lost, _leaked, _progressThrew, _callbackThrew })
        {
            log.Dispose();
        }
    }

    private static string Explain(LossReason reason, EndReason end) => (reason, end) switch
    {
        (LossReason.Deadline, _) => "it was not renewed in time",
        (LossReason.Leaked, _) => "the program forgot its handle, so that nobody renewed it",
        (LossReason.ClientStopped, _) => "its client had stopped, so that nobody renewed it",
        (LossReason.SessionOver, _) => "its session is over",
        (LossReason.MaxHold, _) => "it was held for as long as MaxHold allows",
        (_, EndReason.Released) => "it was released",
        (_, EndReason.Expired) => "the silo says that its lease ran out",
        (_, EndReason.Revoked) => "an operator revoked it",
        _ => "the silo says that it is not held under this token",
    };
}
