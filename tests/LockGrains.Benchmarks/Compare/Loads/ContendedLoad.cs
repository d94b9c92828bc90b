using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Benchmarks;

/// <summary>
/// Many want one key: each takes it, lets it go at once, and comes again. All are made to wait behind those who hold first, so that the
/// queue has its full length when the window opens, and keeps it. In turn, each comes again when another has the lock, who lets go only
/// when it has: so the queue keeps its length, nobody takes the lock from under those who wait, and every acquisition is a hand-over.
/// </summary>
/// <param name="subject">The lock.</param>
/// <param name="key">The key.</param>
/// <param name="contenders">How many want it.</param>
/// <param name="inTurn">Whether they come again in turn.</param>
/// <param name="permits">How many may hold it at a time. In turn it is one.</param>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A token source without a timer holds nothing.")]
internal sealed class ContendedLoad(ILockSubject subject, string key, int contenders, bool inTurn = false, int permits = 1)
{
    private const int FillStep = 1_000;

    private static readonly TimeSpan PollDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan StepDelay = TimeSpan.FromMilliseconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Hold> _first = [];
    private readonly List<Turn> _turns = [];
    private readonly Lock _gate = new();
    private int _sent;
    private int _grants;
    private Turnstile _last = Turnstile.Open();
    private long _releaseBegunAt;
    private Task _running = Task.CompletedTask;
    private int _inside;

    /// <summary>What broke, if anything did: then the figures mean nothing.</summary>
    public Exception? Problem { get; private set; }

    /// <summary>How often the lock was acquired behind another hold.</summary>
    public int HandOvers => Volatile.Read(ref _grants);

    /// <summary>Takes the lock, all of it, and lets all the others queue behind.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> FillAsync(TimeSpan patience)
    {
        while (_first.Count < permits)
        {
            _first.Add(await subject.AcquireAsync(key, CancellationToken.None));
            Enter();
        }

        var startedAt = Clock.Now;
        var running = new List<Task>(contenders);
        while (true)
        {
            // Step by step: a crowd that comes all at once would be a case of its own.
            var waiting = await CountWaitingAsync();
            if (waiting >= contenders)
                break;
            var step = Math.Min(contenders, waiting + FillStep);
            for (var contender = running.Count; contender < step; contender++)
            {
                var index = contender;
                running.Add(Task.Run(() => ContendAsync(index)));
            }

            if (Clock.Since(startedAt) > patience)
                throw new TimeoutException($"{subject.Name}: only {waiting} of {contenders} waited after {patience.TotalSeconds:0} s. {Problem?.Message}");
            await Clock.DelayAsync(waiting + FillStep < contenders ? StepDelay : PollDelay);
        }

        _running = Task.WhenAll(running);
        return Clock.Since(startedAt);
    }

    /// <summary>Lets the lock go round, and looks at what happens in a window.</summary>
    public async Task<ContendedRound> MeasureAsync(TimeSpan warmUp, TimeSpan window)
    {
        Volatile.Write(ref _releaseBegunAt, Clock.Now);
        foreach (var hold in _first)
        {
            Leave();
            await subject.ReleaseAsync(hold);
        }

        await Clock.DelayAsync(warmUp);
        var from = Clock.Now;
        await Clock.DelayAsync(window);
        var to = Clock.Now;
        if (Problem is { } problem)
            throw new InvalidOperationException($"{subject.Name}, {contenders} contenders: {problem.Message}", problem);
        lock (_gate)
            return ContendedRound.Make([.. _turns], from, to, contenders, permits);
    }

    /// <summary>Ends the load. Those who still wait are cancelled; no longer waited for than this.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(patience, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<int> CountWaitingAsync()
    {
        var sent = Volatile.Read(ref _sent);
        return Math.Min(sent, await subject.CountWaitingAsync(key) ?? sent);
    }

    /// <returns>The turnstile of the one that had the lock before.</returns>
    private Turnstile NoteGrant(Turn turn, Turnstile turnstile)
    {
        lock (_gate)
        {
            _turns.Add(turn);
            Volatile.Write(ref _grants, _grants + 1);
            (var before, _last) = (_last, turnstile);
            return before;
        }
    }

    // More than may is no lock: then its figures mean nothing.
    private void Enter()
    {
        if (Interlocked.Increment(ref _inside) > permits)
            throw new InvalidOperationException($"More than {permits} held '{key}' at a time.");
    }

    private void Leave() => Interlocked.Decrement(ref _inside);

    private async Task ContendAsync(int contender)
    {
        try
        {
            var turn = new Turnstile();
            while (!_stop.IsCancellationRequested)
            {
                var startedAt = Clock.Now;
                var grantsBefore = Volatile.Read(ref _grants);
                var acquiring = subject.AcquireAsync(key, _stop.Token);
                var grantsAfter = Volatile.Read(ref _grants);
                Interlocked.Increment(ref _sent);
                turn.Sent.SetResult();
                var hold = await acquiring;
                Enter();
                turn = new Turnstile();
                var before = NoteGrant(new Turn(contender, startedAt, grantsBefore, grantsAfter, Volatile.Read(ref _releaseBegunAt), Clock.Now, hold.Token), turn);
                if (inTurn)
                    await before.ComeAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Volatile.Write(ref _releaseBegunAt, Clock.Now);
                Leave();
                await subject.ReleaseAsync(hold);
                if (inTurn)
                    await turn.Called.Task.WaitAsync(_stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The load is over.
        }
        catch (Exception exception)
        {
            Problem ??= exception;
        }
    }
}

/// <summary>Where one that let the lock go stands until the next one that has it calls it.</summary>
internal sealed class Turnstile
{
    public TaskCompletionSource Called { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it has asked for the lock again.</summary>
    public TaskCompletionSource Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>That of the first holder, which does not come again.</summary>
    public static Turnstile Open()
    {
        var turnstile = new Turnstile();
        turnstile.Sent.SetResult();
        return turnstile;
    }

    public Task ComeAsync(CancellationToken cancellationToken)
    {
        Called.SetResult();
        return Sent.Task.WaitAsync(cancellationToken);
    }
}

/// <summary>One acquisition under contention; in the order in which the contenders saw their grants.</summary>
/// <param name="Contender">Whose.</param>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="GrantsBefore">How many grants had been seen before it was sent: it was sent no earlier.</param>
/// <param name="GrantsAfter">How many when it had been sent: it was sent no later.</param>
/// <param name="ReleaseBegunAt">When the one before began to let go.</param>
/// <param name="GrantedAt">When it had the lock.</param>
/// <param name="Token">The lock's own order of grants; 0 where it has none.</param>
internal readonly record struct Turn(int Contender, long StartedAt, int GrantsBefore, int GrantsAfter, long ReleaseBegunAt, long GrantedAt, long Token);
