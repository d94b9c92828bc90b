using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>One acquire as the real client does it: one lease id, repeated until the silo has said what became of it.</summary>
internal sealed class Attempt
{
    private readonly Client _client;
    private readonly World _world;
    private readonly Prng _random;
    private readonly int _key;
    private readonly TimeSpan _duration;
    private readonly TimeSpan _wait;
    private readonly TimeSpan _patience;
    private readonly TimeSpan _startedAt;
    private readonly bool _renews;
    private readonly bool _isHasty;
    private TimeSpan _slice;
    private bool _isPlaced;
    private int _failures;
    private TimeSpan? _troubleSince;

    public Attempt(Client client, int key, bool mustSucceed)
    {
        (_client, _world, _random, _key) = (client, client.World, client.Random, key);
        var options = _world.Options;
        Lease = _random.NextGuid();
        _duration = TimeSpan.FromMilliseconds(1000 + _random.Below(options[Option.LeaseMs]));
        _renews = !_random.Chance(options[Option.NoRenewalPermille]);
        _wait = _random.Chance(options[Option.TryPermille]) ? TimeSpan.Zero
            : _random.Chance(options[Option.FiniteWaitPermille]) ? TimeSpan.FromMilliseconds(_random.Below(8000))
            : Timeout.InfiniteTimeSpan;
        _patience = _random.Chance(options[Option.GiveUpPermille]) ? TimeSpan.FromMilliseconds(_random.Below(4000)) : TimeSpan.MaxValue;
        if (mustSucceed)
            (_wait, _patience) = (Timeout.InfiniteTimeSpan, TimeSpan.MaxValue);
        _isHasty = _random.Chance(options[Option.ShortSlicePermille]);
        _startedAt = client.Now;
        _slice = _world.Policy.Slice;
    }

    public Guid Lease { get; private set; }

    public int Key => _key;

    public bool Renews => _renews;

    /// <summary>What it waits for, for people.</summary>
    public string Stage { get; set; } = "acquires";

    private TimeSpan Left
    {
        get
        {
            if (_wait == Timeout.InfiniteTimeSpan)
                return _wait;
            var left = _wait - (_client.Now - _startedAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public override string ToString() => $"client{_client.Index}'s {Short.Of(Lease)} (key {_key}, {Stage})";

    /// <summary>Acquires, holds and releases.</summary>
    /// <returns>Whether it was acquired.</returns>
    public async Task<bool> RunAsync()
    {
        Announce();
        _client.Add(this);
        var grant = await AcquireAsync();
        if (grant is var (schedule, token))
            await new Hold(_client, this, schedule, token).RunAsync();
        _client.Remove(this);
        return grant is not null;
    }

    /// <summary>Asks for this attempt once.</summary>
    public Task<AnswerFacts?> AskAsync(CallKind kind, TimeSpan timeout)
    {
        var leaseId = new LeaseId(Lease);
        LockCommand command = kind switch
        {
            CallKind.Renew => new LockCommand.Renew(leaseId),
            CallKind.Release => new LockCommand.Release(leaseId),
            CallKind.Cancel => new LockCommand.Cancel(leaseId),
            CallKind.Verify => new LockCommand.Verify(leaseId),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "An acquire has its own way."),
        };
        return _client.CallAsync(NewCall(kind), command, timeout);
    }

    /// <summary>Ends it wherever it stands, and goes on until the silo confirms, or until nothing can be left.</summary>
    public async Task SettleAsync(CallKind kind)
    {
        Stage = "ends";
        var patience = _client.Now + (_duration * 2) + TimeSpan.FromSeconds(30);
        for (var failures = 1; _client.Now < patience; failures++)
        {
            var answer = await AskAsync(kind, _world.Options.Span(Option.AttemptTimeoutMs));
            if (answer is { Kind: AnswerKind.Ended or AnswerKind.NotHeld })
                return;
            await _client.Process.DelayAsync(_client.Backoff(failures));
        }
    }

    private async Task<(RenewalSchedule Schedule, long Token)?> AcquireAsync()
    {
        while (true)
        {
            var sentAt = _client.Now;
            var answer = await SendAsync();
            switch (answer?.Kind)
            {
                case AnswerKind.Granted:
                    if (await AcceptAsync(answer.Value, sentAt) is { } schedule)
                        return (schedule, answer.Value.Token);
                    break;
                case AnswerKind.Busy or AnswerKind.TimedOut or AnswerKind.Invalid:
                    return null;
                case AnswerKind.QueueFull when Left != Timeout.InfiniteTimeSpan || !_world.Faults.IsCalm:
                    return null;
                case AnswerKind.Over or AnswerKind.QueueFull:
                    StartOver();
                    break;
                case AnswerKind.Queued:
                    (_failures, _troubleSince) = (0, null);
                    _slice = TimeSpan.FromTicks(_isPlaced ? Math.Min(_slice.Ticks, answer.Value.Slice) : answer.Value.Slice);
                    _isPlaced = true;
                    _world.Coverage.Add(Mark.PlacePromised);
                    break;
            }

            if (Left == TimeSpan.Zero || _client.Now - _startedAt > _patience)
            {
                await SettleAsync(CallKind.Cancel);
                return null;
            }

            if (answer?.Kind is null or AnswerKind.Unknown && IsTroubledForTooLong())
            {
                await SettleAsync(CallKind.Cancel);
                StartOver();
            }

            if (answer?.Kind != AnswerKind.Queued)
                await _client.Process.DelayAsync(_client.Backoff(++_failures));
        }
    }

    private async Task<AnswerFacts?> SendAsync()
    {
        var left = Left;
        var asked = _isHasty ? _slice / 4 : _slice;
        var call = NewCall(CallKind.Acquire, left, asked);
        var command = new LockCommand.Acquire(new LeaseId(Lease), "sim", LockMode.Exclusive, _duration, _renews, left, asked);
        var slice = left != Timeout.InfiniteTimeSpan && left < asked ? left : asked;
        if (_patience < slice)
            slice = _patience;
        return await _client.CallAsync(call, command, slice + _world.Options.Span(Option.AttemptTimeoutMs));
    }

    /// <summary>Takes a grant, unless its deadline passed on the way; then a renewal can still save it, for nobody was told of it yet.</summary>
    private async Task<RenewalSchedule?> AcceptAsync(AnswerFacts answer, TimeSpan sentAt)
    {
        var schedule = Start(sentAt, answer.ValidFor);
        if (schedule.IsLost(_client.Now) && _renews)
        {
            sentAt = _client.Now;
            var renewed = await AskAsync(CallKind.Renew, _world.Options.Span(Option.AttemptTimeoutMs));
            if (renewed is { Kind: AnswerKind.Renewed } again)
                schedule = Start(sentAt, again.ValidFor);
        }

        if (!schedule.IsLost(_client.Now))
            return schedule;
        _world.Coverage.Add(Mark.GrantGivenBackLate);
        await SettleAsync(CallKind.Cancel);
        StartOver();
        return null;
    }

    /// <summary>One id is repeated through less trouble than it takes a silo to forget a key: what is known of the id would be forgotten too.</summary>
    private bool IsTroubledForTooLong()
    {
        _troubleSince ??= _client.Now;
        return _world.Options[Option.ForgetMs] > 0 && _client.Now - _troubleSince > _world.Options.Span(Option.ForgetMs) * 2 / 3;
    }

    private RenewalSchedule Start(TimeSpan sentAt, long validFor) => RenewalSchedule.Start(
        _client.RenewalPolicy, sentAt, new TimeSpan(validFor), _client.Now, _random.NextDouble());

    private void StartOver()
    {
        _world.Judge.OnForsaken(Lease);
        Lease = _random.NextGuid();
        (_slice, _isPlaced, _troubleSince) = (_world.Policy.Slice, false, null);
        Announce();
    }

    private void Announce() => _world.Judge.OnAttempt(new AttemptFacts
    {
        Lease = Lease,
        Key = _key,
        Duration = _duration.Ticks,
        Renews = _renews,
        FirstSentAt = _world.Loop.Now,
    });

    private CallFacts NewCall(CallKind kind, TimeSpan wait = default, TimeSpan slice = default) => new()
    {
        Id = _world.NextCallId(),
        Key = _key,
        Lease = Lease,
        Kind = kind,
        SentAt = _world.Loop.Now,
        Wait = wait == Timeout.InfiniteTimeSpan ? -1 : wait.Ticks,
        Slice = slice.Ticks,
    };
}
