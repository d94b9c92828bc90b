using LockGrains.TestKit;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>One key's records, a clock and a scheduler, and as many activations of the key as a story needs.</summary>
internal sealed class LockWorld
{
    private readonly ManualTimeProvider _time = new();
    private readonly DeterministicScheduler _scheduler = new();
    private readonly InMemoryLockStore _store;

    public LockWorld(LockPolicy? policy = null, IRecords? records = null)
    {
        _store = new InMemoryLockStore(records ?? new MemoryRecords());
        Policy = policy ?? new LockPolicy { PresenceWindow = Times.Sec(20) };
        Time = new SteppedTimeProvider(_time, _scheduler);
    }

    /// <summary>A world and its activation, where A holds the lock upgradeably, and B reads beside it.</summary>
    public static (LockWorld World, Activation Key) WithReader()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.ShareToUpgrade(Ids.A);
        key.Share(Ids.B);
        return (world, key);
    }

    public LockPolicy Policy { get; }

    public SteppedTimeProvider Time { get; }

    public TimeSpan Elapsed => _time.Elapsed;

    public int ArmedTimers => _time.ArmedTimers;

    /// <summary>The records, past every activation.</summary>
    public InMemoryLockStore Records => _store;

    public LockRecord Record => RecordCodec.DecodeLock(_store.Peek(RecordName.Lock));

    public Activation Activate(LockPolicy? policy = null, ISessionProbe? sessions = null) =>
        new(_scheduler, Time, _store.Connect(), policy ?? Policy, sessions: sessions);

    /// <summary>The activation dies and the next one takes its place.</summary>
    public Activation Replace(Activation dead)
    {
        dead.Kill();
        return Activate();
    }

    public void Advance(TimeSpan by)
    {
        _scheduler.Run();
        _time.Advance(by);
        _scheduler.Run();
    }

    /// <summary>Time passes, in which a client sends a heartbeat every six seconds.</summary>
    public void Beat(Activation key, LeaseId leaseId, int times)
    {
        for (var beat = 0; beat < times; beat++)
        {
            Advance(Times.Sec(6));
            key.Beat(leaseId);
        }
    }

    public void JumpWallClock(TimeSpan by) => _time.JumpWallClock(by);

    public void Run() => _scheduler.Run();

    public void Open(StoreGate gate)
    {
        gate.Open();
        _scheduler.Run();
    }

    public void Cancel(CancellationTokenSource cancellation)
    {
        cancellation.Cancel();
        _scheduler.Run();
    }

    /// <summary>Does several things in one step of the scheduler, before anything that follows from them.</summary>
    public void Together(Action action) => _scheduler.Run(() =>
    {
        action();
        return true;
    });
}
