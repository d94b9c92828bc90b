using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>A process that hosts coordinators: one for each key that somebody asks it for, whether or not another silo has one too.</summary>
internal sealed class Silo(World world, int index, SimulatedProcess process)
{
    private readonly SortedDictionary<int, Activation> _activations = [];
    private readonly List<Activation> _all = [];
    private readonly Dictionary<int, CancellationTokenSource> _calls = [];
    private SessionLink? _sessions;

    public int Index => index;

    public SimulatedProcess Process => process;

    public long StoreCutUntil { get; set; }

    /// <summary>Who asks after sessions; null in a world without.</summary>
    public SessionLink? Sessions => world.Options.HasSessions ? _sessions ??= new SessionLink(world, this) : null;

    public IEnumerable<Activation> Activations => _activations.Values;

    /// <summary>A request came from the network.</summary>
    public void Receive(CallFacts call, LockCommand command, Action<AnswerFacts> answer) =>
        process.Post(() => ExecuteAsync(call, command, answer));

    /// <summary>The caller of a call waits no more, says the network.</summary>
    public void Abandon(int callId) => process.Post(() =>
    {
        if (!_calls.TryGetValue(callId, out var cancellation))
            return;
        world.Coverage.Add(Mark.CallAbandoned);
        cancellation.Cancel();
    });

    /// <summary>Ends an activation in good order, as an idle collection or a shutdown does.</summary>
    public void Stop(int key)
    {
        if (!_activations.Remove(key, out var activation))
            return;
        process.Post(async () =>
        {
            await activation.Coordinator.StopAsync();
            Judge.OnOver(activation.Facts);
        });
    }

    /// <summary>Ends an activation that has forgotten its key, as its host does.</summary>
    public void Stop(int key, Activation activation)
    {
        if (_activations.GetValueOrDefault(key) == activation)
            Stop(key);
    }

    /// <summary>Pauses its process, or has its machine sleep: then its monotonic clock stands still, too.</summary>
    public void StandStill(bool isAsleep)
    {
        // Not on top of a pause: that one's end would wake it with a clock that has not been told.
        if (process.IsPaused)
            return;
        process.Pause();
        var from = world.Loop.Now;
        process.OnResume = () =>
        {
            foreach (var activation in _all)
                world.Judge.OnStoodStill(activation.Facts, from);
            if (isAsleep)
                process.Clock.Suspended(world.Loop.Now - from);
        };
        if (!isAsleep)
            return;
        foreach (var activation in _all)
            activation.Facts.IsClockBroken = true;
    }

    public void Crash()
    {
        process.Crash();
        foreach (var activation in _all)
            Judge.OnCrashed(activation.Facts);
        _activations.Clear();
    }

    /// <summary>What the key's current coordinator here says of it; null when it cannot say.</summary>
    public Task<LockState?> ReadAsync(int key) => GetActivation(key).Coordinator.ReadAsync();

    /// <summary>Another silo asks whether a session is over, and waits so long for its end.</summary>
    public void AnswerEnd(int key, FencingToken token, TimeSpan wait, Action<bool?> answer) =>
        process.Post(async () => answer(await GetActivation(key).Coordinator.AwaitEndAsync(token, wait)));

    private async Task ExecuteAsync(CallFacts call, LockCommand command, Action<AnswerFacts> answer)
    {
        var activation = GetActivation(call.Key);
        var delivery = world.Judge.OnDelivered(activation.Facts, call);
        using var cancellation = new CancellationTokenSource();
        _calls[call.Id] = cancellation;
        try
        {
            var reply = await activation.Coordinator.ExecuteAsync(command, cancellation.Token);
            var said = Translation.Of(reply);
            world.NoteAnswer(said);
            world.Timeline?.Add($"silo{index}", $"{activation.Facts} answers {call}: {said.Kind} {(said.Token != 0 ? said.Token : "")}{(said.Place > 0 ? $"place {said.Place}" : "")}");
            world.Judge.OnAnswered(activation.Facts, delivery, said);
            answer(said);
        }
        catch (OperationCanceledException)
        {
            world.Timeline?.Add($"silo{index}", $"{activation.Facts} abandons {call}");
            world.Judge.OnAbandoned(activation.Facts, delivery);
        }
        finally
        {
            if (_calls.GetValueOrDefault(call.Id) == cancellation)
                _calls.Remove(call.Id);
        }
    }

    private Activation GetActivation(int key)
    {
        if (_activations.TryGetValue(key, out var activation) && activation.Coordinator.IsAlive)
            return activation;
        activation = new Activation(world, this, key);
        _activations[key] = activation;
        _all.Add(activation);
        return activation;
    }
}
