using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>
/// A whole world from one seed: clients, silos, a directory, a network, a store, resources, a nemesis, and a judge. First faults
/// strike and the lock must stay safe; then all is healed, and it must also serve everybody who is alive and come to rest.
/// </summary>
internal sealed class World
{
    private const long CalmMax = 600 * TimeSpan.TicksPerSecond;

    private readonly Prng _clocks;
    private readonly LockPolicy[] _policies;
    private readonly List<Silo> _silos = [];
    private readonly List<Client> _clients = [];
    private readonly Damage _damage;
    private readonly Nemesis _nemesis;
    private readonly Operator _operator;
    private readonly Silence _silence;
    private int _activations;
    private int _calls;
    private int _lives;
    private int _values;

    public World(WorldOptions options, MutantSet mutants, bool isTold)
    {
        (Options, Mutants, Loop, Coverage) = (options, mutants, new EventLoop(), new Coverage());
        Timeline = isTold ? new Timeline(Loop) : null;
        Faults = new FaultGate(options, Coverage);
        Policy = MakePolicy(options);
        _policies = [.. Enumerable.Range(0, options[Option.Silos]).Select(silo => Policy with { ForgetAfter = Silence.ForgetAfter(options, silo) })];
        Judge = new Judge(MakePromises(Policy) with { ForgetAfter = options.Ticks(Option.ForgetMs), CreateWindow = Policy.CreateWindow.Ticks }, () => Loop.Now, Coverage);
        Store = new SimulatedStore(Loop);
        StoreRandom = options.Stream(Stream.Store);
        Network = new SimulatedNetwork(Loop, options, Faults);
        _damage = new Damage(this);
        _clocks = options.Stream(Stream.Clocks);
        for (var index = 0; index < options[Option.Silos]; index++)
            _silos.Add(new Silo(this, index, NewProcess($"silo{index}")));
        Directory = new GrainDirectory(this);
        Resources = [.. Enumerable.Range(0, options[Option.Keys]).Select(key => new FencedResource(this, key))];
        for (var index = 0; index < options[Option.Clients]; index++)
            _clients.Add(NewClient(index));
        _operator = new Operator(this);
        _nemesis = new Nemesis(this, _operator);
        _silence = new Silence(this);
    }

    public WorldOptions Options { get; }

    public MutantSet Mutants { get; }

    public EventLoop Loop { get; }

    public Coverage Coverage { get; }

    public Timeline? Timeline { get; }

    public FaultGate Faults { get; }

    public LockPolicy Policy { get; }

    public Judge Judge { get; }

    public SimulatedStore Store { get; }

    public Prng StoreRandom { get; }

    public SimulatedNetwork Network { get; }

    public GrainDirectory Directory { get; }

    public IReadOnlyList<Silo> Silos => _silos;

    public IReadOnlyList<Client> Clients => _clients;

    public IReadOnlyList<FencedResource> Resources { get; }

    public long StoreDownUntil { get; set; }

    private TimeSpan LongestLease => Options.Span(Option.LeaseMs) + (Options.HasSessions ? Options.Span(Option.HoldLeaseMs) : TimeSpan.Zero);

    private bool IsJudged => Judge.Violation is not null || Loop.Escaped || Loop.IsStuck;

    public void Run()
    {
        PrepareRecords();
        foreach (var client in _clients)
            client.Start();
        _nemesis.Start();
        _silence.Start();
        Loop.RunUntil(Options.Ticks(Option.FaultsMs), () => IsJudged);
        Heal();
        Loop.RunUntil(Loop.Now + CalmMax + LeadOfTokens(), () => IsJudged);
        if (!IsJudged)
            CheckRest();
        if (Loop.IsStuck)
            Judge.Fail("time goes on", "something happens again and again, and time stands still");
        if (Loop.Escaped)
            Judge.Fail("deterministic", "something ran on a thread of the pool");
    }

    /// <summary>The policy of one silo: all have the same, but for how long they keep what nobody uses.</summary>
    public LockPolicy PolicyOf(int silo) => _policies[silo];

    /// <summary>Whether the clients leave a key alone at present.</summary>
    public bool IsSilent(int key) => _silence.IsSilent(key);

    public int NextActivationId() => ++_activations;

    public int NextCallId() => ++_calls;

    /// <summary>A value that nobody has set yet.</summary>
    public int NextValue() => ++_values;

    public void NoteAnswer(AnswerFacts answer)
    {
        if (answer.Kind is AnswerKind.Unknown or AnswerKind.Busy or AnswerKind.QueueFull or AnswerKind.OverLimit)
        {
            Coverage.Add(answer.Kind switch
            {
                AnswerKind.Unknown => Mark.AnsweredUnknown,
                AnswerKind.Busy => Mark.DeniedBusy,
                AnswerKind.OverLimit => Mark.DeniedOverLimit,
                _ => Mark.DeniedQueueFull,
            });
        }
    }

    public void CrashSilo(int index, long restartAfter)
    {
        var silo = _silos[index];
        silo.Crash();
        Loop.After(restartAfter, () => RestartSilo(silo));
    }

    public void CrashClient(int index, long restartAfter)
    {
        var client = _clients[index];
        client.Crash();
        Loop.After(restartAfter, () =>
        {
            if (_clients[index] != client || Faults.IsCalm)
                return;
            _clients[index] = NewClient(index);
            _clients[index].Start();
        });
    }

    public void LoseSeconds(long ticks)
    {
        foreach (var key in Store.LoseLast(ticks))
            Judge.OnLost(key, LossKind.Seconds);
    }

    public void DeleteRecord(int key, RecordName name)
    {
        if (Store.Delete(key, name))
            Judge.OnLost(key, name == RecordName.Lock ? LossKind.Record : LossKind.Places);
    }

    public void Corrupt(int key, RecordName name, Prng random) => _damage.Corrupt(key, name, random);

    public bool IsDamaged(int key) => _damage.IsDamaged(key, RecordName.Lock);

    public bool WasDamaged(int key) => _damage.WasDamaged(key);

    private void Heal()
    {
        Faults.IsCalm = true;
        Timeline?.Add("NEMESIS", "all is healed");
        _damage.MendAll();
        Network.Heal();
        Directory.Heal();
        StoreDownUntil = 0;
        foreach (var silo in _silos.ToArray())
        {
            silo.StoreCutUntil = 0;
            silo.Process.Resume();
            RestartSilo(silo);
        }

        foreach (var client in _clients)
            client.Process.Resume();
        _operator.LiftLimits();

        // The last to die: what it held or waited for must not stand in the way of the living.
        if (Options[Option.CrashClient] > 0 && Options[Option.FaultsMax] > 0)
            _clients[0].Crash();
        Judge.OnCalm();
    }

    // Clocks that jumped have taken tokens ahead, and a key is not forgotten before the clock has caught up with it.
    private long LeadOfTokens()
    {
        var ahead = 0L;
        for (var key = 0; key < Options.AllKeys && Options[Option.ForgetMs] > 0; key++)
        {
            if (Store.Load(key, RecordName.Lock).Data is { IsEmpty: false } data && !IsDamaged(key))
                ahead = Math.Max(ahead, ((RecordCodec.DecodeLock(data).LastToken.Value >> 11) - ProcessClock.Epoch.ToUnixTimeMilliseconds()) * TimeSpan.TicksPerMillisecond);
        }

        return Math.Max(0, ahead - Loop.Now);
    }

    private void RestartSilo(Silo silo)
    {
        if (silo.Process.IsDead && _silos[silo.Index] == silo)
            _silos[silo.Index] = new Silo(this, silo.Index, NewProcess($"silo{silo.Index}"));
    }

    /// <summary>Nobody waits, nobody holds, and nothing is left to happen.</summary>
    private void CheckRest()
    {
        foreach (var attempt in _clients.Where(client => !client.Process.IsDead).SelectMany(client => client.Attempts))
            Judge.OnWaitingAtRest(attempt.ToString());
        Judge.OnRest(Loop.IsEmpty);
        for (var key = 0; key < Options.AllKeys && !IsJudged; key++)
            CheckFree(key);
        Loop.RunUntil(Loop.Now + CalmMax + LeadOfTokens(), () => IsJudged);
        if (!Loop.IsEmpty)
            Judge.OnRest(isAtRest: false);
        for (var key = 0; key < Options.AllKeys && !IsJudged; key++)
        {
            if (MayBeForgotten(key))
                Judge.OnLeft(key, [.. Store.NamesOf(key).Select(name => name.ToString())]);
        }
    }

    // Where some silos never forget, the last to write may have been one of them; and one that was left over with a limit keeps that in mind.
    private bool MayBeForgotten(int key) => Options[Option.SetLimit] == 0
        ? PolicyOf(Directory.Owner(key)).ForgetAfter != Timeout.InfiniteTimeSpan
        : _policies.All(policy => policy.ForgetAfter != Timeout.InfiniteTimeSpan);

    private void CheckFree(int key)
    {
        var silo = _silos[Directory.Owner(key)];
        silo.Process.Post(async () =>
        {
            // An activation that was left over may find out only now that its record is another's; the next one reads it.
            var state = await silo.ReadAsync(key) ?? await silo.ReadAsync(key);

            // Where an activation ended unheard, the first to ask again is who finds the lease, and gives it a last full term.
            if (state is { Holders.IsEmpty: false } or { Queue.IsEmpty: false })
            {
                await silo.Process.DelayAsync((Policy.PresenceWindow * 2) + LongestLease + TimeSpan.FromSeconds(5));
                state = await silo.ReadAsync(key);
            }

            if (state is null)
                Judge.Fail("readable at rest", $"key {key} cannot be read at the end");
            else if (!state.Holders.IsEmpty)
                Judge.OnHeldAtRest(key, state.Holders[0].LeaseId.Value);
            else if (!state.Queue.IsEmpty)
                Judge.OnWaitingAtRest($"{state.Queue.Count} in the queue of key {key}");
        });
    }

    private void PrepareRecords()
    {
        var ticket = Options[Option.FirstTicket];
        for (var key = 0; ticket > 0 && key < Options[Option.Keys]; key++)
        {
            Store.Put(key, RecordName.Lock, RecordCodec.Encode(new LockRecord
            {
                Epoch = 1,
                LastToken = FencingToken.None.RaisedToClock(ProcessClock.Epoch.ToUnixTimeMilliseconds(), TimeSpan.Zero),
                LastTokenAt = ProcessClock.Epoch.ToUnixTimeMilliseconds(),
                Holders = [],
                Ended = [],
                NextTicket = ticket,
                FirstTicket = ticket,
                CommittedTail = ticket,
                Chunks = [],
                EndedTickets = [],
            }));
        }
    }

    private Client NewClient(int index) => new(this, index, _lives++, NewProcess($"client{index}"));

    private SimulatedProcess NewProcess(string name)
    {
        var drift = Options[Option.DriftPpm];
        var skew = (long)Options[Option.WallSkewMs] * TimeSpan.TicksPerMillisecond;
        var clock = new ProcessClock(
            Loop, 1 + _clocks.Below(1000 * TimeSpan.TicksPerSecond), _clocks.Between(-drift, drift), _clocks.Below((2 * skew) + 1) - skew);
        return new SimulatedProcess(Loop, name, clock, exception => Judge.Fail("no defect", $"{name} met {exception}"));
    }

    private static LockPolicy MakePolicy(WorldOptions options) => new()
    {
        QueueLimit = options[Option.QueueLimit],
        HoldersMax = options[Option.HoldersMax],
        FirstLease = options.Span(Option.FirstLeaseMs),
        PresenceWindow = options.Span(Option.WindowMs),
        MaxClockSkew = options.Span(Option.MaxSkewMs),
        ReleaseWriteDelay = options.Span(Option.ReleaseWriteMs),
        QueueWriteDelay = options.Span(Option.QueueWriteMs),
        ValidationAge = options.Span(Option.ValidationMs),
        StoreTimeout = options.Span(Option.StoreTimeoutMs),
        ForgetAfter = Timeout.InfiniteTimeSpan,
        CreateWindow = options[Option.ForgetMs] > 0 ? options.Span(Option.ForgetMs) / 4 : new LockPolicy().CreateWindow,
    };

    private static Promises MakePromises(LockPolicy policy) => new()
    {
        FirstLease = policy.FirstLease.Ticks,
        Window = policy.PresenceWindow.Ticks,
        MaxClockSkew = policy.MaxClockSkew.Ticks,
        StoreTimeout = policy.StoreTimeout.Ticks,
        RestartsMax = policy.RestartsMax,
        QueueLimit = policy.QueueLimit,
        HoldersMax = policy.HoldersMax,
        ValidationAge = policy.ValidationAge.Ticks,
        ReleaseWriteDelay = policy.ReleaseWriteDelay.Ticks,
        Epoch = ProcessClock.Epoch.ToUnixTimeMilliseconds(),
    };
}
