using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Benchmarks;

/// <summary>
/// A holder and waiters, each of which lets the lock go as soon as it has it. Their order is that of the places that they were told: what
/// a client sends in one go, Orleans may deliver in another order.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A token source without a timer holds nothing.")]
internal sealed class TakeoverQueue
{
    private const int FillStep = 1_000;

    private static readonly TimeSpan PollDelay = TimeSpan.FromMilliseconds(50);

    private readonly ILockClient _locks;
    private readonly string _key;
    private readonly LockHandle _holder;
    private readonly Lock _gate = new();
    private readonly int[] _places;
    private readonly List<(int Index, long Token, long At)> _grants = [];
    private readonly CancellationTokenSource _abandon = new();
    private Task _running = Task.CompletedTask;

    private TakeoverQueue(ILockClient locks, string key, LockHandle holder, int waiters)
    {
        _locks = locks;
        _key = key;
        _holder = holder;
        _places = new int[waiters];
    }

    public int Granted
    {
        get { lock (_gate) return _grants.Count; }
    }

    /// <summary>Whether nobody waits any more.</summary>
    public bool IsOver => _running.IsCompleted;

    /// <summary>Why some were not granted the lock: the first of the reasons; null while there is none.</summary>
    public string? Problem => _running.Exception?.InnerException?.Message;

    /// <summary>Grants, in the order of their tokens, to a waiter whose place was before that of the one granted last.</summary>
    public int OutOfOrder
    {
        get
        {
            lock (_gate)
            {
                var order = _grants.OrderBy(grant => grant.Token).Select(grant => _places[grant.Index]).ToList();
                return order.Zip(order.Skip(1)).Count(pair => pair.Second < pair.First);
            }
        }
    }

    public static async Task<TakeoverQueue> StartAsync(ILockClient locks, string key, int waiters, TimeSpan patience)
    {
        // The full lease at once, and step by step: else the holder's first renewal stands in line behind ten thousand first messages.
        var holder = await locks.AcquireAsync(key, options: new AcquireOptions { ConfirmLease = true });
        var queue = new TakeoverQueue(locks, key, holder, waiters);
        var running = new List<Task>(waiters);
        var startedAt = Clock.Now;
        while (queue._places.Count(place => place > 0) is var told && told < waiters)
        {
            while (running.Count < Math.Min(waiters, told + FillStep))
                running.Add(queue.WaitAsync(running.Count));
            if (Clock.Since(startedAt) > patience)
                throw new TimeoutException($"{waiters - told} waiters of '{key}' were never told their place.");
            await Clock.DelayAsync(PollDelay);
        }

        queue._running = Task.WhenAll(running);
        return queue;
    }

    /// <summary>The holder lets go, which goes on in the background until some silo has understood it.</summary>
    public void LetGo() => _ = _holder.ReleaseAsync().AsTask();

    /// <summary>Waits until all have had their turn, but not for ever.</summary>
    public async Task WhenServedAsync(TimeSpan patience) =>
        await _running.WaitAsync(patience, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Abandon() => _abandon.Cancel();

    public double SecondsToFirst(long since) => Seconds(since, grants => grants.Min(grant => grant.At));

    public double SecondsToLast(long since) => Seconds(since, grants => grants.Max(grant => grant.At));

    /// <summary>Seconds to each grant, in the order of time.</summary>
    public IReadOnlyList<double> SecondsToEach(long since)
    {
        lock (_gate)
            return [.. _grants.Select(grant => Clock.Between(since, grant.At).TotalSeconds).Order()];
    }

    private double Seconds(long since, Func<List<(int Index, long Token, long At)>, long> pick)
    {
        lock (_gate)
            return _grants.Count == 0 ? double.PositiveInfinity : Clock.Between(since, pick(_grants)).TotalSeconds;
    }

    private async Task WaitAsync(int index)
    {
        var options = new AcquireOptions { Progress = new FirstPlace(this, index) };
        await using var handle = await _locks.AcquireAsync(_key, options: options, cancellationToken: _abandon.Token);
        lock (_gate)
            _grants.Add((index, handle.FencingToken, Clock.Now));
    }

    /// <summary>Remembers the first place that a waiter is told: nobody has been granted the lock by then.</summary>
    private sealed class FirstPlace(TakeoverQueue queue, int index) : IProgress<WaitProgress>
    {
        public void Report(WaitProgress value)
        {
            if (queue._places[index] == 0)
                queue._places[index] = value.Place;
        }
    }
}
