using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>A process that takes locks, in several handles at once, and keeps to the protocol of the real client.</summary>
internal sealed class Client
{
    private const long Second = TimeSpan.TicksPerSecond;

    private readonly List<Attempt> _attempts = [];
    private int _working;

    public Client(World world, int index, int life, SimulatedProcess process)
    {
        World = world;
        Index = index;
        Process = process;
        Random = world.Options.Stream(Stream.Client, index + (life * 1000));
        RenewalPolicy = new RenewalPolicy { AttemptTimeout = world.Options.Span(Option.AttemptTimeoutMs) };
    }

    public World World { get; }

    public int Index { get; }

    public SimulatedProcess Process { get; }

    public Prng Random { get; }

    public RenewalPolicy RenewalPolicy { get; }

    public TimeSpan Now => Process.Clock.Monotonic;

    public IEnumerable<Attempt> Attempts => _attempts;

    /// <summary>Its session; null while it has none.</summary>
    public Session? Session { get; set; }

    public void Start()
    {
        for (var handle = 0; handle < World.Options[Option.Handles]; handle++)
            Process.Post(UseLocksAsync);
        _working = World.Options[Option.Handles];
        if (World.Options.HasSessions)
            Process.Post(KeepSessionsAsync);
    }

    public void Crash()
    {
        Process.Crash();
        foreach (var attempt in _attempts)
            World.Judge.OnForsaken(attempt.Lease);
        _attempts.Clear();
    }

    /// <summary>Its machine slept, and its clock did not count: it may believe in a lease that is long over.</summary>
    public void BreakClock()
    {
        foreach (var attempt in _attempts)
            World.Judge.OnClockBroken(attempt.Lease);
    }

    public void Add(Attempt attempt) => _attempts.Add(attempt);

    public void Remove(Attempt attempt) => _attempts.Remove(attempt);

    /// <summary>Sends a request and waits for its answer so long; null when none came. A lost call may still be carried out.</summary>
    public async Task<AnswerFacts?> CallAsync(CallFacts call, LockCommand command, TimeSpan timeout, Task? giveUp = null)
    {
        var answered = new TaskCompletionSource<AnswerFacts?>();
        var silo = World.Directory.Route(call.Key, Index);
        World.Timeline?.Add($"client{Index}", $"sends {call} to silo{silo.Index}");
        World.Judge.OnSent(call);
        World.Network.Send(Process, silo.Process, () => silo.Receive(call, command, answer =>
            World.Network.Send(silo.Process, Process, () =>
            {
                if (!call.IsReceived)
                {
                    call.IsReceived = true;
                    World.Judge.OnReceived(call, answer, isAwaited: !answered.Task.IsCompleted);
                }

                answered.TrySetResult(answer);
            })));
        World.Loop.After(Process.Clock.ToTrue(timeout.Ticks), Process, () =>
        {
            if (answered.TrySetResult(null) && call.MayWait)
                World.Network.Send(Process, silo.Process, () => silo.Abandon(call.Id));
        });
        if (giveUp is not null)
            await Task.WhenAny(answered.Task, giveUp);
        if (giveUp is { IsCompleted: true })
            answered.TrySetResult(null);
        return await answered.Task;
    }

    public TimeSpan Backoff(int failures) => RenewalPolicy.Backoff.After(failures, Random.NextDouble());

    private async Task UseLocksAsync()
    {
        var (isLast, denials) = (false, 0);
        while (!isLast || denials > 0)
        {
            await Process.DelayAsync(new TimeSpan(Math.Min(Random.Around(World.Options.Ticks(Option.ThinkMs)), 10 * Second)));

            // In calm times everybody takes a lock once more, and has to get it.
            isLast = World.Faults.IsCalm;
            var key = Random.Below(World.Options[Option.Keys]);
            if (World.IsSilent(key))
            {
                await Process.DelayAsync(new TimeSpan(Second / 2));
                continue;
            }

            var attempt = new Attempt(this, key, isLast, DrawSession());
            denials = await attempt.RunAsync() ? 0 : denials + 1;
            if (denials > 0)
                await Process.DelayAsync(Backoff(denials));
        }

        _working--;
    }

    private Session? DrawSession() =>
        World.Options.HasSessions && Random.Chance(World.Options[Option.SessionPermille]) && Session is { IsAlive: true } session ? session : null;

    /// <summary>One session after another, as long as there are locks to be taken.</summary>
    private async Task KeepSessionsAsync()
    {
        var key = World.Options[Option.Keys] + Index;
        while (_working > 0)
        {
            await Process.DelayAsync(new TimeSpan(Math.Min(Random.Around(World.Options.Ticks(Option.ThinkMs)), Second)));

            // Somebody looks at the key before, at whatever silo: what that one has seen then is soon out of date.
            if (!World.Faults.IsCalm && Random.Chance(300))
                LookAt(key);
            await new Attempt(this, key, mustSucceed: false, isSession: true).RunAsync();
        }
    }

    private void LookAt(int key)
    {
        var silo = World.Silos[Random.Below(World.Silos.Count)];
        silo.Process.Do(() => silo.Process.Post(() => silo.ReadAsync(key)));
    }
}
