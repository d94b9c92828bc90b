using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>
/// One upgrade of a hold, by the rules that a client keeps: asked for under one number until it is granted or known to be over, and given up only when
/// that is confirmed.
/// </summary>
internal sealed class Upgrade
{
    private readonly Client _client;
    private readonly Attempt _attempt;
    private readonly int _change;
    private readonly Func<bool> _isHeld;
    private readonly TimeSpan _wait;
    private readonly TimeSpan _patience;
    private readonly TimeSpan _startedAt;

    public Upgrade(Client client, Attempt attempt, int change, Func<bool> isHeld)
    {
        (_client, _attempt, _change, _isHeld) = (client, attempt, change, isHeld);
        var random = client.Random;
        _wait = random.Chance(200) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Below(8000));
        _patience = random.Chance(300) ? TimeSpan.FromMilliseconds(random.Below(2000)) : TimeSpan.MaxValue;
        _startedAt = client.Now;
    }

    private AcquireSettings Settings => _attempt.Settings;

    private TimeSpan Left => Shorter(_wait, TimeSpan.FromTicks(Math.Max(0, (_startedAt + _wait - _client.Now).Ticks)));

    /// <summary>Asks until there is an answer to that number.</summary>
    /// <returns>The answer; null when nobody knows, or it is not certain that no earlier copy waits: then it is to be given up.</returns>
    public async Task<AnswerFacts?> RunAsync()
    {
        var (isQueued, hadTrouble, failures) = (false, false, 0);
        while (_isHeld())
        {
            var (left, sentAt) = (Left, _client.Now);
            var beats = isQueued && failures == 0 ? Settings.BeatPeriod : null;
            var slice = beats is null ? Settings.Slice : LockPolicy.BeatingSlice;
            var call = new WaitingCall(_client, _attempt);
            var answer = await call.SendAsync(
                _attempt.NewCall(CallKind.Upgrade, _attempt.Lease, left, slice, beats, _change),
                new LockCommand.Upgrade(new LeaseId(_attempt.Lease), _change, left, slice, beats),
                Shorter(_patience, Settings.AttemptTimeout + Shorter(left, slice)),
                beats);
            switch (answer?.Kind)
            {
                case AnswerKind.Granted or AnswerKind.NotHeld or AnswerKind.TimedOut or AnswerKind.Invalid:
                    return answer;
                case AnswerKind.Busy:
                    // Said of this copy alone: an earlier one may still wait.
                    _client.World.Coverage.Add(Mark.UpgradeBusy);
                    return hadTrouble ? null : answer;
                case AnswerKind.Over:
                    // It was dropped perhaps, and a late copy would bring it back.
                    return null;
                case AnswerKind.Queued:
                    _client.World.Coverage.Add(Mark.UpgradeWaits);
                    (isQueued, failures) = (true, 0);
                    break;
                default:
                    hadTrouble = true;
                    failures += call.IsToldToCallAgain ? 0 : 1;
                    break;
            }

            if (left == TimeSpan.Zero || _client.Now - _startedAt >= _patience)
                return null;

            // A silo that answers long before the slice is over must not make us spin.
            var isEarly = failures == 0 && _client.Now - sentAt < _client.RenewalPolicy.Backoff.Delay;
            if (failures > 0 || isEarly)
                await _client.Process.DelayAsync(Shorter(Left, _client.Backoff(Math.Max(1, failures))));
        }

        return null;
    }

    /// <summary>Gives it up until that is confirmed, or the hold is over.</summary>
    public Task<AnswerFacts?> GiveUpAsync()
    {
        _client.World.Coverage.Add(Mark.UpgradeGivenUp);
        return _attempt.ChangeAsync(CallKind.CancelUpgrade, _change, new LockCommand.CancelUpgrade(new LeaseId(_attempt.Lease), _change), _isHeld);
    }

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
