using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>A lock that is held: used while its client believes in it, renewed beside that, and released, kept, lost or forgotten.</summary>
internal sealed class Hold
{
    private readonly Client _client;
    private readonly Attempt _attempt;
    private readonly World _world;
    private readonly Prng _random;
    private readonly Guid _lease;
    private readonly ShareKeeper _shares;
    private readonly ValueKeeper _values;
    private readonly HoldProtocol _hold;
    private readonly Session? _session;
    private int _alarms;
    private bool _isLeaked;
    private bool _isToldLost;
    private bool _isTrusted;

    public Hold(Client client, Attempt attempt, RenewalSchedule schedule, ShareFacts share)
    {
        (_client, _attempt, _world, _random, _lease) = (client, attempt, client.World, client.Random, attempt.Lease);
        _shares = new ShareKeeper(client, attempt, share, () => IsBelieved, TellBelief, OnNotHeld);
        _values = new ValueKeeper(client, attempt, () => IsBelieved, OnNotHeld);
        var limits = DrawLimits();
        _hold = new HoldProtocol(schedule, limits, attempt.Renews, attempt.Session?.Protocol);
        attempt.Session?.Add(this);
        if (attempt.Session is not null)
            _world.Coverage.Add(Mark.HeldUnderSession);
        if (attempt.IsSession)
            _session = new Session(client, attempt, new FencingToken(share.Token), _hold);
        if (limits.HoldFor > TimeSpan.Zero)
            _world.Judge.OnKeptUntil(_lease, _world.Loop.Now + client.Process.Clock.ToTrue(limits.HoldFor.Ticks));
    }

    // Its own, or that of its session: as the protocol says.
    private TimeSpan Deadline => _attempt.Session is null ? _hold.Deadline : _client.Now + _hold.GetRemaining(_client.Now);

    private bool IsBelieved => _hold.GetRemaining(_client.Now) > TimeSpan.Zero;

    public async Task RunAsync()
    {
        _attempt.Stage = "holds";
        TellBelief();
        SetAlarm();
        await (_session is null ? WorkAsync() : StayOpenAsync(_session));
        if (!IsBelieved)
        {
            // Its owner looks at no clock, but is told; by an alarm that rings at this instant, too, when both come after a pause.
            _world.Coverage.Add(Mark.HandleLost);
            await _client.Process.DelayAsync(TimeSpan.FromMilliseconds(1));
            await _client.Process.DelayAsync(TimeSpan.Zero);
            _world.Judge.OnLossNoticed(_lease, _isToldLost);
            if (_random.Chance(500))
                return;
        }
        else if (_session is null && _world.Faults.Strikes(_random, Option.LeakPermille, Mark.HandleLeaked))
        {
            _isLeaked = true;
            EndBelief();
            return;
        }

        EndBelief();
        var (start, duties) = _hold.Release(_client.Now);
        CarryOut(duties);
        switch (start)
        {
            case ReleaseStart.First or ReleaseStart.PresumedLost:
                _attempt.Stage = "ends";
                await _attempt.SettleAsync(CallKind.Release, _lease);
                break;
            case ReleaseStart.Kept:
                _world.Coverage.Add(Mark.LockKept);
                SetAlarm();
                break;
        }
    }

    /// <summary>Its session is good for longer.</summary>
    public void OnSessionRenewed()
    {
        if (_isTrusted && IsBelieved)
            TellBelief();
    }

    /// <summary>Its session is over, or about to be.</summary>
    public void OnSessionOver() => CarryOut(_hold.OnSessionOver());

    private async Task StayOpenAsync(Session session)
    {
        _client.Session = session;
        var open = Math.Min(_random.Around(5 * TimeSpan.TicksPerSecond), 20 * TimeSpan.TicksPerSecond);
        await Task.WhenAny(session.Over, _client.Process.DelayAsync(new TimeSpan(open)));
        _client.Session = null;
    }

    // What is held under a session is lost first: when that is ended, nothing may be believed in any more.
    private void EndBelief()
    {
        _session?.OnOver();
        _isTrusted = false;
        _world.Judge.OnEndOfBelief(_lease);
    }

    private HoldLimits DrawLimits()
    {
        if (_attempt.IsSession)
            return HoldLimits.Start(_client.Now, _attempt.Duration, TimeSpan.Zero, maxHold: null);
        var holdFor = _random.Chance(50) ? TimeSpan.FromMilliseconds(_random.Below(1000)) : TimeSpan.Zero;
        TimeSpan? maxHold = _random.Chance(50) ? holdFor + TimeSpan.FromMilliseconds(1 + _random.Below(10_000)) : null;
        return HoldLimits.Start(_client.Now, _attempt.Duration, holdFor, maxHold);
    }

    private async Task WorkAsync()
    {
        var hold = Math.Min(_random.Around(_world.Options.Ticks(Option.HoldMs)), 20 * TimeSpan.TicksPerSecond);
        var end = _client.Now + new TimeSpan(hold);
        while (IsBelieved)
        {
            Use();
            if (_random.Chance(_world.Options[Option.VerifyPermille]))
                _ = VerifyAsync();
            if (_world.Faults.Strikes(_random, Option.ForeignPermille, Mark.ForeignSent))
                _ = _attempt.AskAsAnotherAsync();
            await _shares.ChangeAsync();
            if (_random.Chance(_world.Options[Option.ValuePermille]))
                await UseValueAsync();
            var next = Earlier(end, Earlier(Deadline, _client.Now + new TimeSpan(1 + _random.Below((hold / 2) + 1))));
            await _client.Process.DelayAsync(next - _client.Now);
            if (_client.Now >= end)
                return;
        }
    }

    private async Task UseValueAsync()
    {
        // Who shares the lock sets no value, and now and then one tries.
        if (_random.Chance(_shares.Share.Mode == HoldMode.Exclusive ? 600 : 100))
            await _values.SetAsync();
        else
            await _values.ReadAsync();
    }

    /// <summary>Uses the lock. Between the last look at the clock and the use anything may pass: that is what tokens are for.</summary>
    private void Use()
    {
        var pause = _random.Chance(_world.Options[Option.LateWritePermille]) ? _random.Below(30 * TimeSpan.TicksPerSecond) : 0;
        var (share, resource) = (_shares.Share, _world.Resources[_attempt.Key]);
        _world.Loop.After(pause, _client.Process, () => resource.Use(share));
    }

    private void SetAlarm()
    {
        var alarm = ++_alarms;
        var delay = _hold.GetDueAt(_client.Now, TimeSpan.Zero) - _client.Now;

        // Rung by a thread of its own: after a pause, a reply that has come meanwhile may be read before.
        _world.Loop.After(
            _client.Process.Clock.ToTrue(Math.Max(0, delay.Ticks)), _client.Process, () => _world.Loop.After(0, _client.Process, () => Ring(alarm)));
    }

    private void Ring(int alarm)
    {
        if (alarm != _alarms || _hold.IsOver)
            return;
        CarryOut(_hold.OnTime(_client.Now, TimeSpan.Zero));
        if (!_hold.IsOver)
            SetAlarm();
    }

    private void CarryOut(HoldDuties duties)
    {
        if (duties.HasFlag(HoldDuties.TellLost))
        {
            _isToldLost = true;
            EndBelief();
        }

        if (duties.HasFlag(HoldDuties.Release))
            _client.Process.Post(() => _attempt.SettleAsync(CallKind.Release, _lease));
        if (duties.HasFlag(HoldDuties.Renew))
            _client.Process.Post(RenewAsync);
    }

    private async Task RenewAsync()
    {
        if (_isLeaked)
        {
            CarryOut(_hold.OnLeaked());
            SetAlarm();
            return;
        }

        var (timeout, _) = _hold.BeginRenewal(_client.Now, TimeSpan.Zero);
        var answer = await _attempt.AskAsync(CallKind.Renew, timeout);
        var before = _hold.Deadline;
        CarryOut(Take(answer, _client.Now, _random.NextDouble()));
        if (_hold.IsOver)
            return;
        if (_hold.Deadline != before && _hold.Phase == HoldPhase.Held && !_isLeaked)
            TellBelief();
        SetAlarm();
    }

    private HoldDuties Take(AnswerFacts? answer, TimeSpan now, double jitter)
    {
        switch (answer?.Kind)
        {
            case AnswerKind.Renewed:
                return _hold.OnRenewed(new TimeSpan(answer.Value.ValidFor), now, jitter);
            case AnswerKind.NotHeld:
                _world.Coverage.Add(Mark.RenewalRefused);
                return _hold.OnNotHeld(EndReason.None, now);
            default:
                return _hold.OnRenewalUnknown(now, jitter);
        }
    }

    private async Task VerifyAsync()
    {
        if (await _attempt.AskAsync(CallKind.Verify, _world.Options.Span(Option.AttemptTimeoutMs)) is { Kind: AnswerKind.NotHeld })
            OnNotHeld();
    }

    private void OnNotHeld() => CarryOut(_hold.OnNotHeld(EndReason.None, _client.Now));

    private void TellBelief()
    {
        _isTrusted = true;
        var left = _client.Process.Clock.ToTrue((Deadline - _client.Now).Ticks);
        _world.Judge.OnBelief(_shares.Share, _world.Loop.Now + left);
        _session?.OnRenewed();
        _world.Timeline?.Add($"client{_client.Index}", $"believes to hold {_shares.Share} until {Timeline.Time(_world.Loop.Now + left)}");
    }

    private static TimeSpan Earlier(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
