using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>A lock that is held: renewed beside the work, used while its client believes in it, and released, lost or forgotten.</summary>
internal sealed class Hold
{
    private readonly Client _client;
    private readonly Attempt _attempt;
    private readonly World _world;
    private readonly Prng _random;
    private readonly long _token;
    private RenewalSchedule _schedule;
    private bool _isOver;

    public Hold(Client client, Attempt attempt, RenewalSchedule schedule, long token)
    {
        (_client, _attempt, _world, _random) = (client, attempt, client.World, client.Random);
        (_schedule, _token) = (schedule, token);
    }

    private bool IsBelieved => !_isOver && !_schedule.IsLost(_client.Now);

    public async Task RunAsync()
    {
        _attempt.Stage = "holds";
        TellBelief();
        if (_attempt.Renews)
            _ = RenewAsync();
        await WorkAsync();
        var wasBelieved = IsBelieved;
        _isOver = true;
        _world.Judge.OnEndOfBelief(_attempt.Lease);
        if (!wasBelieved)
        {
            _world.Coverage.Add(Mark.HandleLost);
            if (_random.Chance(500))
                return;
        }
        else if (_world.Faults.Strikes(_random, Option.LeakPermille, Mark.HandleLeaked))
        {
            return;
        }

        await _attempt.SettleAsync(CallKind.Release);
    }

    private async Task WorkAsync()
    {
        var hold = Math.Min(_random.Around(_world.Options.Ticks(Option.HoldMs)), 20 * TimeSpan.TicksPerSecond);
        var end = _client.Now + new TimeSpan(hold);
        while (IsBelieved)
        {
            Write();
            if (_random.Chance(_world.Options[Option.VerifyPermille]))
                _ = VerifyAsync();
            var next = Earlier(end, Earlier(_schedule.Deadline, _client.Now + new TimeSpan(1 + _random.Below((hold / 2) + 1))));
            await _client.Process.DelayAsync(next - _client.Now);
            if (_client.Now >= end)
                return;
        }
    }

    /// <summary>Uses the lock. Between the last look at the clock and the write anything may pass: that is what tokens are for.</summary>
    private void Write()
    {
        var pause = _random.Chance(_world.Options[Option.LateWritePermille]) ? _random.Below(30 * TimeSpan.TicksPerSecond) : 0;
        var (lease, token, resource) = (_attempt.Lease, _token, _world.Resources[_attempt.Key]);
        _world.Loop.After(pause, () => _client.Process.Do(() => resource.Write(lease, token)));
    }

    private async Task RenewAsync()
    {
        while (true)
        {
            await _client.Process.DelayAsync(_schedule.NextRenewalAt - _client.Now);
            if (!IsBelieved)
                return;
            if (_client.Now < _schedule.NextRenewalAt)
                continue;
            var sentAt = _client.Now;
            var answer = await _attempt.AskAsync(CallKind.Renew, _schedule.GetAttemptTimeout(sentAt));
            if (_isOver)
                return;
            Take(answer, sentAt);
        }
    }

    private void Take(AnswerFacts? answer, TimeSpan sentAt)
    {
        var (now, jitter, before) = (_client.Now, _random.NextDouble(), _schedule.Deadline);
        _schedule = answer switch
        {
            { Kind: AnswerKind.Renewed } renewed => _schedule.Renewed(sentAt, new TimeSpan(renewed.ValidFor), now, jitter),
            { Kind: AnswerKind.NotHeld } => _schedule.NotHeld(),
            _ => _schedule.Unknown(now, jitter),
        };
        if (answer is { Kind: AnswerKind.NotHeld })
        {
            _world.Coverage.Add(Mark.RenewalRefused);
            _world.Judge.OnEndOfBelief(_attempt.Lease);
        }
        else if (!_schedule.IsLost(now) && _schedule.Deadline != before)
        {
            TellBelief();
        }
    }

    private async Task VerifyAsync()
    {
        var answer = await _attempt.AskAsync(CallKind.Verify, _world.Options.Span(Option.AttemptTimeoutMs));
        if (answer is { Kind: AnswerKind.NotHeld } && !_isOver)
        {
            _schedule = _schedule.NotHeld();
            _world.Judge.OnEndOfBelief(_attempt.Lease);
        }
    }

    private void TellBelief()
    {
        var left = _client.Process.Clock.ToTrue((_schedule.Deadline - _client.Now).Ticks);
        _world.Judge.OnBelief(_attempt.Lease, _world.Loop.Now + left);
        _world.Timeline?.Add($"client{_client.Index}", $"believes to hold {Short.Of(_attempt.Lease)} until {Timeline.Time(_world.Loop.Now + left)}");
    }

    private static TimeSpan Earlier(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
