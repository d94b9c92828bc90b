using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Benchmarks;

/// <summary>
/// Many want one key: each takes it, lets it go at once, and comes again. All are made to wait behind one holder first, so that the
/// queue has its full length when the window opens, and keeps it. In turn, each comes again when another has the lock, who lets go only
/// when it has: so the queue keeps its length, nobody takes the lock from under those who wait, and every acquisition is a hand-over.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A token source without a timer holds nothing.")]
internal sealed class ContendedLoad(ILockSubject subject, string key, int contenders, bool inTurn = false)
{
    private const int FillStep = 1_000;

    private static readonly TimeSpan PollDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan StepDelay = TimeSpan.FromMilliseconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Turn> _turns = [];
    private readonly Lock _gate = new();
    private int _sent;
    private int _grants;
    private Turnstile _last = Turnstile.Open();
    private long _releaseBegunAt;
    private Task _running = Task.CompletedTask;
    private Hold _first;

    /// <summary>What broke, if anything did: then the figures mean nothing.</summary>
    public Exception? Problem { get; private set; }

    /// <summary>How often the lock has changed hands.</summary>
    public int HandOvers => Volatile.Read(ref _grants);

    /// <summary>Takes the lock and lets all the others queue behind.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> FillAsync(TimeSpan patience)
    {
        _first = await subject.AcquireAsync(key, CancellationToken.None);
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
        await subject.ReleaseAsync(_first);
        await Clock.DelayAsync(warmUp);
        var from = Clock.Now;
        await Clock.DelayAsync(window);
        var to = Clock.Now;
        if (Problem is { } problem)
            throw new InvalidOperationException($"{subject.Name}, {contenders} contenders: {problem.Message}", problem);
        lock (_gate)
            return ContendedRound.Make([.. _turns], from, to, contenders);
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
                turn = new Turnstile();
                var before = NoteGrant(new Turn(contender, startedAt, grantsBefore, grantsAfter, Volatile.Read(ref _releaseBegunAt), Clock.Now), turn);
                if (inTurn)
                    await before.ComeAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Volatile.Write(ref _releaseBegunAt, Clock.Now);
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

/// <summary>One acquisition under contention; in the order of grants.</summary>
/// <param name="Contender">Whose.</param>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="GrantsBefore">How many grants had been seen before it was sent: it was sent no earlier.</param>
/// <param name="GrantsAfter">How many when it had been sent: it was sent no later.</param>
/// <param name="ReleaseBegunAt">When the one before began to let go.</param>
/// <param name="GrantedAt">When it had the lock.</param>
internal readonly record struct Turn(int Contender, long StartedAt, int GrantsBefore, int GrantsAfter, long ReleaseBegunAt, long GrantedAt);
