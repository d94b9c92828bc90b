using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>Strikes at processes, clocks, routes and records, at random times, with the weights that the world was drawn with.</summary>
internal sealed class Nemesis
{
    private const long Second = TimeSpan.TicksPerSecond;

    private readonly World _world;
    private readonly Prng _random;
    private readonly (Option Weight, Mark Mark, Action Strike)[] _blows;
    private readonly int _weight;

    public Nemesis(World world, Operator keyOperator)
    {
        _world = world;
        _random = world.Options.Stream(Stream.Nemesis);
        _blows =
        [
            (Option.PauseSilo, Mark.SiloPaused, PauseSilo),
            (Option.CrashSilo, Mark.SiloCrashed, CrashSilo),
            (Option.PauseClient, Mark.ClientPaused, () => Pause(PickClient().Process)),
            (Option.CrashClient, Mark.ClientCrashed, () => world.CrashClient(PickClient().Index, Some(5 * Second))),
            (Option.SuspendMachine, Mark.MachineSuspended, SuspendMachine),
            (Option.MoveKey, Mark.KeyMoved, () => world.Directory.Move(PickKey())),
            (Option.FlapKey, Mark.KeyFlapped, FlapKey),
            (Option.SplitKey, Mark.KeySplit, () => world.Directory.Split(PickKey(), world.Loop.Now + Some(15 * Second))),
            (Option.StopActivation, Mark.ActivationStopped, StopActivation),
            (Option.CutClient, Mark.MessageCut, CutClient),
            (Option.CutStore, Mark.StoreCut, () => PickSilo().StoreCutUntil = world.Loop.Now + Some(10 * Second)),
            (Option.LoseSeconds, Mark.StoreLostSeconds, LoseSeconds),
            (Option.DeleteRecord, Mark.RecordDeleted, () => world.DeleteRecord(PickKey(), RecordName.Lock)),
            (Option.CorruptRecord, Mark.RecordCorrupted, () => world.Corrupt(PickKey(), PickName(), _random)),
            (Option.DeleteChunk, Mark.ChunkDeleted, () => world.DeleteRecord(PickKey(), RecordName.QueueSlot(0))),
            (Option.JumpClock, Mark.ClockJumped, JumpClock),
            (Option.Revoke, Mark.RevokeSent, () => keyOperator.Revoke(PickKey())),
            (Option.SetLimit, Mark.LimitSent, () => keyOperator.SetLimit(PickKey())),
        ];
        _weight = _blows.Sum(blow => world.Options[blow.Weight]);
    }

    public void Start()
    {
        if (_weight > 0)
            Schedule();
    }

    private void Schedule() => _world.Loop.After(_random.Around(_world.Options.Ticks(Option.NemesisMs)), () =>
    {
        if (_world.Faults.IsCalm)
            return;
        Strike();
        Schedule();
    });

    private void Strike()
    {
        var drawn = _random.Below(_weight);
        foreach (var (weight, mark, strike) in _blows)
        {
            drawn -= _world.Options[weight];
            if (drawn >= 0)
                continue;
            if (_world.Faults.Allow(mark))
            {
                _world.Timeline?.Add("NEMESIS", weight.ToString());
                strike();
            }

            return;
        }
    }

    private void PauseSilo()
    {
        var silo = PickSilo();
        silo.StandStill(isAsleep: false);
        if (_world.Options[Option.ForgetMs] > 0 && _random.Chance(300))
            PauseForLong(silo.Process);
        else
            Pause(silo.Process);
        if (_random.Chance(700))
            _world.Loop.After(Some(3 * Second), () => _world.Directory.Evict(silo.Index));
    }

    private void Pause(SimulatedProcess process)
    {
        process.Pause();
        _world.Loop.After(Some(20 * Second), process.Resume);
    }

    // Now and then longer than a key's whole life may take elsewhere.
    private void PauseForLong(SimulatedProcess process)
    {
        process.Pause();
        _world.Loop.After(_world.Options.Ticks(Option.ForgetMs) * _random.Between(5, 25) / 10, process.Resume);
    }

    private void CrashSilo()
    {
        var silo = PickSilo().Index;
        _world.CrashSilo(silo, restartAfter: Some(4 * Second));
        _world.Loop.After(Some(3 * Second), () => _world.Directory.Evict(silo));
    }

    private void SuspendMachine()
    {
        var duration = Some(20 * Second);
        if (_random.Chance(500))
        {
            var silo = PickSilo();
            silo.StandStill(isAsleep: true);
            _world.Loop.After(duration, silo.Process.Resume);
            return;
        }

        var client = PickClient();
        client.BreakClock();
        var process = client.Process;
        if (process.IsPaused)
            return;
        process.Pause();
        var sleptAt = _world.Loop.Now;
        process.OnResume = () => process.Clock.Suspended(_world.Loop.Now - sleptAt);
        _world.Loop.After(duration, process.Resume);
    }

    /// <summary>The key changes hands again and again, faster than its lease ends.</summary>
    private void FlapKey()
    {
        var key = PickKey();
        var at = 0L;
        for (var moves = 4 + _random.Below(8); moves > 0; moves--)
        {
            at += (Second / 4) + _random.Below(2 * Second);
            _world.Loop.After(at, () =>
            {
                if (!_world.Faults.IsCalm)
                    _world.Directory.Move(key);
            });
        }
    }

    private void StopActivation()
    {
        var key = PickKey();
        _world.Silos[_world.Directory.Owner(key)].Stop(key);
        if (_random.Chance(500))
            _world.Directory.Move(key);
    }

    private void CutClient()
    {
        var (client, silo, until) = (PickClient().Process, PickSilo().Process, _world.Loop.Now + Some(20 * Second));
        var ways = _random.Below(3);
        if (ways != 1)
            _world.Network.Cut(client, silo, until);
        if (ways != 0)
            _world.Network.Cut(silo, client, until);
    }

    private void LoseSeconds()
    {
        _world.StoreDownUntil = _world.Loop.Now + (Second / 10) + Some(Second);
        _world.LoseSeconds(Some(5 * Second));
    }

    private void JumpClock()
    {
        long[] jumps = [2 * Second, 60 * Second, 3600 * Second, 10 * 365 * 86400L * Second];
        var jump = jumps[_random.Below(jumps.Length)] * (_random.Chance(500) ? 1 : -1);
        var clock = PickSilo().Process.Clock;
        var most = _world.Options.Ticks(Option.ForgetMs) / 2;

        // Where keys are forgotten, the silos' clocks stay together as closely as the documents ask.
        clock.WallOffset = most == 0 ? clock.WallOffset + jump : Math.Clamp(clock.WallOffset + jump, -most, most);
        _world.Judge.OnWallClocksBroken();
    }

    private RecordName PickName() => _random.Chance(300) ? RecordName.QueueSlot(0) : RecordName.Lock;

    private Silo PickSilo() => _world.Silos[_random.Below(_world.Silos.Count)];

    private Client PickClient() => _world.Clients[_random.Below(_world.Clients.Count)];

    private int PickKey() => _random.Below(_world.Options.AllKeys);

    private long Some(long most) => 1 + Math.Min(_random.Around(most / 3), most);
}
