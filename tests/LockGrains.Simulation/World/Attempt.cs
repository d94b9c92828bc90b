using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>One acquire, and the hold that it may come to, by the protocols that the real client carries out.</summary>
internal sealed class Attempt
{
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
    private (Guid Lease, Task<CancelProgress> Task)? _cancel;
    private bool _isSilent;

    public Attempt(Client client, int key, bool mustSucceed)
    {
        (_client, _world, _random, Key) = (client, client.World, client.Random, key);
        _mustSucceed = mustSucceed;
        var options = _world.Options;
        _duration = TimeSpan.FromMilliseconds(1000 + _random.Below(options[Option.LeaseMs]));
        _settings = Draw(mustSucceed);
        _patience = !mustSucceed && _random.Chance(options[Option.GiveUpPermille]) ? TimeSpan.FromMilliseconds(_random.Below(4000)) : TimeSpan.MaxValue;
        _startedAt = client.Now;
        _protocol = new AcquireProtocol(_settings, () => new LeaseId(_random.NextGuid()), _startedAt);
        Lease = _protocol.LeaseId.Value;
    }

    /// <summary>The request that it makes now.</summary>
    public Guid Lease { get; private set; }

    public int Key { get; }

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
            await new Hold(_client, this, _protocol.Schedule!, _protocol.Token.Value).RunAsync();
        _client.Remove(this);
        return isGranted;
    }

    /// <summary>Asks for this attempt once.</summary>
    public Task<AnswerFacts?> AskAsync(CallKind kind, TimeSpan timeout) => AskAsync(kind, Lease, timeout);

    /// <summary>Ends a request wherever it stands, and goes on until the silo confirms, or until nothing can be left.</summary>
    public async Task<CancelProgress> SettleAsync(CallKind kind, Guid lease)
    {
        var aftermath = Repetition.GetAftermath(MessageLifetime, LockPolicy.BeatingSlice, _duration);
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
                    if (step.Action != AcquireAction.QueueFull)
                        OnFailed();
                    await AbandonAsync(isAwaited: false);
                    return false;
            }

            if (step.Action is AcquireAction.Send or AcquireAction.Pause && _client.Now - _startedAt > _patience)
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
        var call = NewCall(CallKind.Acquire, Lease, step.Wait, step.Slice, step.Beats);
        var request = new LockRequest(new LeaseId(Lease), "sim", LockMode.Exclusive, _duration, Renews);
        var timeout = _patience < step.Time ? _patience : step.Time;
        _isSilent = false;
        var callAgain = new TaskCompletionSource();
        if (step.Beats is { } period)
            _ = BeatAsync(Lease, period, callAgain);
        var answer = await _client.CallAsync(call, new LockCommand.Acquire(request, step.Wait, step.Slice, step.Beats), timeout, callAgain.Task);
        if (answer is null && callAgain.Task.IsCompleted)
            return _isSilent ? _protocol.OnUnknown(_client.Now, _random.NextDouble()) : _protocol.OnCallAgain(_client.Now);
        callAgain.TrySetResult();
        var (now, jitter) = (_client.Now, _random.NextDouble());
        switch (answer?.Kind)
        {
            case AnswerKind.Granted:
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
            case AnswerKind.Invalid:
                return _protocol.OnDenied(DenyReason.Invalid, now, jitter);
            default:
                return _protocol.OnUnknown(now, jitter);
        }
    }

    /// <summary>Says that this client lives, as long as a call waits, and ends the call that does not wait any more.</summary>
    private async Task BeatAsync(Guid lease, TimeSpan period, TaskCompletionSource callAgain)
    {
        var heardAt = _client.Now;

        // Whenever the client's timer happens to be due after that.
        await _client.Process.DelayAsync(AcquireProtocol.GetFirstBeatAfter(period) + (period * _random.NextDouble()));
        while (!callAgain.Task.IsCompleted)
        {
            if (_client.Now - heardAt >= AcquireProtocol.GetBeatPatience(period))
            {
                _isSilent = true;
                callAgain.TrySetResult();
                return;
            }

            _ = AskOnceAsync();
            await _client.Process.DelayAsync(period);
        }

        async Task AskOnceAsync()
        {
            var beat = new LockCommand.Beat([new LeaseId(lease)]);
            var answer = await _client.CallAsync(NewCall(CallKind.Beat, lease), beat, _settings.AttemptTimeout);
            if (answer is { Kind: AnswerKind.CallAgain or AnswerKind.Waits })
                heardAt = _client.Now;
            if (answer is { Kind: AnswerKind.CallAgain })
                callAgain.TrySetResult();
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
    });

    private Task<AnswerFacts?> AskAsync(CallKind kind, Guid lease, TimeSpan timeout)
    {
        var leaseId = new LeaseId(lease);
        LockCommand command = kind switch
        {
            CallKind.Renew => new LockCommand.Renew(leaseId),
            CallKind.Release => new LockCommand.Release(leaseId),
            CallKind.Cancel => new LockCommand.Cancel(leaseId),
            CallKind.Verify => new LockCommand.Verify(leaseId),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "An acquire has its own way."),
        };
        return _client.CallAsync(NewCall(kind, lease), command, timeout);
    }

    private CallFacts NewCall(CallKind kind, Guid lease, TimeSpan wait = default, TimeSpan slice = default, TimeSpan? beats = null) => new()
    {
        Id = _world.NextCallId(),
        Key = Key,
        Lease = lease,
        Kind = kind,
        SentAt = _world.Loop.Now,
        Wait = wait == Timeout.InfiniteTimeSpan ? -1 : wait.Ticks,
        Slice = slice.Ticks,
        Beats = beats?.Ticks ?? 0,
    };
}
