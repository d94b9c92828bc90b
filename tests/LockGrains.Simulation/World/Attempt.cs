using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>One acquire, and the hold that it may come to, by the protocols that the real client carries out.</summary>
internal sealed class Attempt
{
    /// <summary>The owner that asks under the ids of others.</summary>
    public const string ForeignOwner = "other";

    /// <summary>The longest that a message of a world can be on its way.</summary>
    public static readonly TimeSpan MessageLifetime = TimeSpan.FromSeconds(30);

    private readonly Client _client;
    private readonly World _world;
    private readonly Prng _random;
    private readonly TimeSpan _duration;
    private readonly TimeSpan _patience;
    private readonly TimeSpan _startedAt;
    private readonly bool _mustSucceed;
    private readonly AcquireSettings _settings;
    private readonly AcquireProtocol _protocol;
    private readonly Kind _kind;
    private readonly TimeSpan _delay;
    private (Guid Lease, Task<CancelProgress> Task)? _cancel;
    private IReadOnlyList<int> _numbers = [];

    public Attempt(Client client, int key, bool mustSucceed, Session? session = null, bool isSession = false)
    {
        (_client, _world, _random, Key) = (client, client.World, client.Random, key);
        (Session, IsSession) = (session, isSession);
        _mustSucceed = mustSucceed;
        var options = _world.Options;
        _duration = TimeSpan.FromMilliseconds(1000 + _random.Below(options[Option.LeaseMs]));
        if (session is not null)
            _duration = options.Span(Option.HoldLeaseMs) + _duration;
        _settings = Draw(mustSucceed);
        if (isSession)
            _settings = _settings with { Renews = true, Wait = Timeout.InfiniteTimeSpan };
        _patience = !mustSucceed && !isSession && _random.Chance(options[Option.GiveUpPermille]) ? TimeSpan.FromMilliseconds(_random.Below(4000)) : TimeSpan.MaxValue;
        _startedAt = client.Now;
        _protocol = new AcquireProtocol(_settings, () => new LeaseId(_random.NextGuid()), _startedAt);
        Lease = _protocol.LeaseId.Value;
        _kind = isSession ? new Kind(HoldMode.Exclusive, Permits: 1, Limit: 0) : Kind.Draw(options, _random);

        // A session has a lock-delay for all that is held under it.
        _delay = session is null && options[Option.LockDelayMs] > 0 && _random.Chance(500) ? options.Span(Option.LockDelayMs) : TimeSpan.Zero;
    }

    /// <summary>The request that it makes now.</summary>
    public Guid Lease { get; private set; }

    public int Key { get; }

    /// <summary>The session that it is to be held under; null for none.</summary>
    public Session? Session { get; }

    /// <summary>Whether it is itself a session.</summary>
    public bool IsSession { get; }

    public AcquireSettings Settings => _settings;

    public bool Renews => _settings.Renews;

    public TimeSpan Duration => _duration;

    /// <summary>What it waits for, for people.</summary>
    public string Stage { get; set; } = "acquires";

    public override string ToString() => $"client{_client.Index}'s {Short.Of(Lease)} (key {Key}, {Stage})";

    /// <summary>Acquires, holds and releases.</summary>
    /// <returns>Whether it was acquired.</returns>
    public async Task<bool> RunAsync()
    {
        Announce();
        _client.Add(this);
        var isGranted = await AcquireAsync();
        if (isGranted)
            await new Hold(_client, this, _protocol.Schedule!, ShareOf(_protocol.Token.Value)).RunAsync();
        _client.Remove(this);
        return isGranted;
    }

    /// <summary>A call that is about to be sent.</summary>
    public CallFacts NewCall(
        CallKind kind, Guid lease, TimeSpan wait = default, TimeSpan slice = default, TimeSpan? beats = null, int change = 0, bool isForeign = false) => new()
        {
            Id = _world.NextCallId(),
            Key = Key,
            Lease = lease,
            Kind = kind,
            SentAt = _world.Loop.Now,
            Wait = wait == Timeout.InfiniteTimeSpan ? -1 : wait.Ticks,
            Slice = slice.Ticks,
            Beats = beats?.Ticks ?? 0,
            Change = change,
            IsForeign = isForeign,
        };

    /// <summary>A call about the key's value that is about to be sent.</summary>
    public CallFacts NewDataCall(CallKind kind, int value = 0, long version = 0) => new()
    {
        Id = _world.NextCallId(),
        Key = Key,
        Lease = Lease,
        Kind = kind,
        SentAt = _world.Loop.Now,
        Value = value,
        IfVersion = version,
    };

    /// <summary>Somebody else asks under the id of this request, which was copied.</summary>
    public Task<AnswerFacts?> AskAsAnotherAsync() =>
        _client.CallAsync(NewCall(CallKind.Acquire, Lease, isForeign: true), new LockCommand.Acquire(RequestOf(ForeignOwner), TimeSpan.Zero), _settings.AttemptTimeout);

    /// <summary>Asks for this attempt once.</summary>
    public Task<AnswerFacts?> AskAsync(CallKind kind, TimeSpan timeout) => AskAsync(kind, Lease, timeout);

    /// <summary>Changes the hold, and goes on until the silo says what became of that; null when the hold was over before.</summary>
    public async Task<AnswerFacts?> ChangeAsync(CallKind kind, int change, LockCommand command, Func<bool> isHeld)
    {
        for (var failures = 1; isHeld(); failures++)
        {
            var answer = await _client.CallAsync(NewCall(kind, Lease, change: change), command, _settings.AttemptTimeout);
            if (answer is { Kind: AnswerKind.Changed or AnswerKind.NotHeld or AnswerKind.Invalid })
                return answer;
            await _client.Process.DelayAsync(_client.Backoff(failures));
        }

        return null;
    }

    /// <summary>Ends a request wherever it stands, and goes on until the silo confirms, or until nothing can be left.</summary>
    public async Task<CancelProgress> SettleAsync(CallKind kind, Guid lease)
    {
        var aftermath = Repetition.GetAftermath(MessageLifetime, LockPolicy.BeatingSlice, _duration + _delay);
        var repetition = new Repetition(_client.RenewalPolicy.Backoff, _client.Now + aftermath);
        while (true)
        {
            var answer = await AskAsync(kind, lease, _settings.AttemptTimeout);
            var isConfirmed = answer is { Kind: AnswerKind.Ended or AnswerKind.NotHeld };
            if (!isConfirmed && repetition.OnUnknown(_client.Now, _random.NextDouble()) is { } pause)
            {
                await _client.Process.DelayAsync(pause);
                continue;
            }

            _world.Judge.OnLetGo(lease);
            return isConfirmed ? CancelProgress.Confirmed : CancelProgress.GivenUp;
        }
    }

    private AcquireSettings Draw(bool mustSucceed)
    {
        var (options, policy) = (_world.Options, _world.Policy);
        var renews = !_random.Chance(options[Option.NoRenewalPermille]);
        var wait = _random.Chance(options[Option.TryPermille]) ? TimeSpan.Zero
            : _random.Chance(options[Option.FiniteWaitPermille]) ? TimeSpan.FromMilliseconds(_random.Below(8000))
            : Timeout.InfiniteTimeSpan;
        var isShort = _random.Chance(options[Option.ShortSlicePermille]);
        return new AcquireSettings
        {
            Wait = mustSucceed ? Timeout.InfiniteTimeSpan : wait,
            Renews = renews,
            ConfirmsLease = _random.Chance(100),
            ShowsPlace = isShort,
            AttemptTimeout = options.Span(Option.AttemptTimeoutMs),
            UnavailableTimeout = mustSucceed || _random.Chance(500) ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(2 + _random.Below(60)),
            RepeatMax = options[Option.ForgetMs] > 0 ? options.Span(Option.ForgetMs) * 2 / 3 : TimeSpan.FromDays(1),
            BeatPeriod = _random.Chance(options[Option.BeatlessPermille]) ? null : policy.PresenceWindow * 0.3,
            Slice = policy.PresenceWindow * (isShort ? 0.1 : 0.4),
            FirstSlice = policy.PresenceWindow * 0.1,
            Policy = _client.RenewalPolicy,
        };
    }

    private async Task<bool> AcquireAsync()
    {
        var step = _protocol.Start(_client.Now);
        while (true)
        {
            NoteLease();
            switch (step.Action)
            {
                case AcquireAction.Granted when Session is { IsAlive: false }:
                    await SettleAsync(CallKind.Release, Lease);
                    return false;
                case AcquireAction.Granted:
                    return true;
                case AcquireAction.NotAcquired:
                    _world.Judge.OnLetGo(Lease);
                    return false;
                case AcquireAction.Send:
                    step = await SendAsync(step);
                    break;
                case AcquireAction.Confirm:
                    step = Note(await ConfirmAsync(step.Time));
                    break;
                case AcquireAction.Pause:
                    await _client.Process.DelayAsync(step.Time);
                    step = _protocol.OnPaused(_client.Now);
                    break;
                case AcquireAction.Cancel:
                    step = _protocol.OnCancel(await CancelAsync(step.Time), _client.Now, _random.NextDouble());
                    break;
                default:
                    if (step.Action is not (AcquireAction.QueueFull or AcquireAction.OverLimit or AcquireAction.SessionOver))
                        OnFailed();
                    await AbandonAsync(isAwaited: false);
                    return false;
            }

            var isGivenUp = _client.Now - _startedAt > _patience || Session is { IsAlive: false };
            if (step.Action is AcquireAction.Send or AcquireAction.Pause && isGivenUp)
            {
                _world.Coverage.Add(Mark.AcquireGivenUp);
                await AbandonAsync(isAwaited: true);
                return false;
            }
        }
    }

    /// <summary>Five minutes without a usable reply in calm times are for ever.</summary>
    private void OnFailed()
    {
        _world.Coverage.Add(Mark.AcquireFailed);
        if (_mustSucceed)
            _world.Judge.OnWaitingAtRest(ToString());
    }

    private async Task<AcquireStep> SendAsync(AcquireStep step)
    {
        var facts = NewCall(CallKind.Acquire, Lease, step.Wait, step.Slice, step.Beats);
        var timeout = _patience < step.Time ? _patience : step.Time;
        var call = new WaitingCall(_client, this, Session?.Over);
        var answer = await call.SendAsync(facts, new LockCommand.Acquire(RequestOf("sim"), step.Wait, step.Slice, step.Beats), timeout, step.Beats);
        if (call.IsToldToCallAgain)
            return _protocol.OnCallAgain(_client.Now);
        var (now, jitter) = (_client.Now, _random.NextDouble());
        switch (answer?.Kind)
        {
            case AnswerKind.Granted:
                _numbers = answer.Value.Numbers;
                return Note(_protocol.OnGranted(new FencingToken(answer.Value.Token), new TimeSpan(answer.Value.ValidFor), now, jitter));
            case AnswerKind.Queued:
                _world.Coverage.Add(Mark.PlacePromised);
                return _protocol.OnQueued(answer.Value.Place, now, jitter);
            case AnswerKind.Busy:
                return _protocol.OnDenied(DenyReason.Busy, now, jitter);
            case AnswerKind.TimedOut:
                return _protocol.OnDenied(DenyReason.TimedOut, now, jitter);
            case AnswerKind.Over:
                return _protocol.OnDenied(DenyReason.Ended, now, jitter);
            case AnswerKind.QueueFull:
                return _protocol.OnDenied(DenyReason.QueueFull, now, jitter);
            case AnswerKind.OverLimit:
                return _protocol.OnDenied(DenyReason.Limit, now, jitter);
            case AnswerKind.SessionOver:
                return _protocol.OnDenied(DenyReason.SessionEnded, now, jitter);
            case AnswerKind.Invalid:
                return _protocol.OnDenied(DenyReason.Invalid, now, jitter);
            default:
                return _protocol.OnUnknown(now, jitter);
        }
    }

    private async Task<AcquireStep> ConfirmAsync(TimeSpan timeout)
    {
        var answer = await AskAsync(CallKind.Renew, timeout);
        return answer is { Kind: AnswerKind.Renewed } renewed
            ? _protocol.OnConfirmed(new TimeSpan(renewed.ValidFor), _client.Now, _random.NextDouble())
            : _protocol.OnNotConfirmed(wasToldNotHeld: answer is { Kind: AnswerKind.NotHeld }, _client.Now, _random.NextDouble());
    }

    private AcquireStep Note(AcquireStep step)
    {
        if (step.Action == AcquireAction.Cancel)
            _world.Coverage.Add(Mark.GrantGivenBackLate);
        return step;
    }

    private async Task AbandonAsync(bool isAwaited)
    {
        var step = _protocol.Abandon(isAwaited);
        if (step.Action == AcquireAction.Cancel)
            await CancelAsync(step.Time);
        else
            _world.Judge.OnLetGo(Lease);
    }

    private async Task<CancelProgress> CancelAsync(TimeSpan patience)
    {
        if (_cancel?.Lease != Lease)
            _cancel = (Lease, SettleAsync(CallKind.Cancel, Lease));
        var cancel = _cancel.Value.Task;
        await Task.WhenAny(cancel, _client.Process.DelayAsync(patience));
        return cancel.IsCompleted ? await cancel : CancelProgress.GoesOn;
    }

    /// <summary>The protocol has gone on under another id: nothing may be left of the one before.</summary>
    private void NoteLease()
    {
        if (Lease == _protocol.LeaseId.Value)
            return;
        _world.Coverage.Add(Mark.RequestReplaced);
        _world.Judge.OnLetGo(Lease);
        Lease = _protocol.LeaseId.Value;
        Announce();
    }

    private void Announce() => _world.Judge.OnAttempt(new AttemptFacts
    {
        Lease = Lease,
        Key = Key,
        Duration = _duration.Ticks,
        Renews = Renews,
        FirstSentAt = _world.Loop.Now,
        Mode = _kind.Mode,
        Permits = _kind.Permits,
        Limit = _kind.Limit,
        Delay = _delay.Ticks,
        Session = Session is null ? null : _world.Judge.Find(Session.Lease),
        SessionToken = Session?.Ref.Token.Value ?? 0,
        IsSession = IsSession,
    });

    private ShareFacts ShareOf(long token) => new(Lease, token, _kind.Mode) { Permits = _kind.Permits, Limit = _kind.Limit, Numbers = _numbers };

    private LockRequest RequestOf(string owner) => new(new LeaseId(Lease), owner, Translation.Of(_kind.Mode), _duration, Renews)
    {
        Permits = _kind.Permits,
        Limit = _kind.Limit,
        Delay = _delay,
        Session = Session?.Ref,
    };

    private Task<AnswerFacts?> AskAsync(CallKind kind, Guid lease, TimeSpan timeout)
    {
        var leaseId = new LeaseId(lease);
        LockCommand command = kind switch
        {
            CallKind.Renew => new LockCommand.Renew(leaseId),
            CallKind.Release => new LockCommand.Release(leaseId),
            CallKind.Cancel => new LockCommand.Cancel(leaseId),
            CallKind.Verify => new LockCommand.Verify(leaseId),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "It has its own way."),
        };
        return _client.CallAsync(NewCall(kind, lease), command, timeout);
    }
}
