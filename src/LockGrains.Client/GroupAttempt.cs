using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// Carries out one acquire of several locks, all or none.
/// <para>
/// It waits for one lock at a time, in an order that all who use it share, and holds only such as come before it: so those who wait for each
/// other cannot form a circle. What is tried and not waited for needs no order, and is tried all at once.
/// </para>
/// <para>
/// A lock that was taken may be lost while a later one is waited for. Nobody has worked under it yet, so nothing is broken: the attempt goes
/// back to that lock, and gives back the later ones and its place in a queue first, which keeps the order.
/// </para>
/// </summary>
/// <param name="runtime">The client's.</param>
/// <param name="stop">How the client ends.</param>
/// <param name="terms">What is asked for, in the order of the keys.</param>
/// <param name="wait">The wait for all of it.</param>
/// <param name="acquire">Acquires one of them.</param>
internal sealed class GroupAttempt(
    ClientRuntime runtime,
    ClientStop stop,
    AcquireTerms[] terms,
    TimeSpan wait,
    Func<AcquireTerms, CancellationToken, Task<(LockHandle? Handle, AcquireLoop Loop)>> acquire)
{
    // As little time as an acquire may be given.
    private static readonly TimeSpan TryMin = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly LockHandle?[] _taken = new LockHandle?[terms.Length];
    private readonly TimeSpan _beganAt = runtime.Now;
    private GroupTokens _tokens = new();
    private (string Key, int Place) _missed;
    private bool _isOver;

    private TimeSpan AttemptTimeout => terms[0].Settings.AttemptTimeout;

    private TimeSpan Waited => runtime.Now - _beganAt;

    /// <summary>Runs until all are taken, or returns null when it is certain that one of them was not acquired within the wait.</summary>
    public async Task<LockGroup?> RunAsync(CancellationToken cancellationToken)
    {
        // Counted, so that a client that ends waits for what this gives back.
        if (!runtime.Pending.TryBegin())
            throw stop.MakeEnded();
        var ending = stop.Ending.UnsafeRegister(static attempt => ((GroupAttempt)attempt!).GiveBack(), this);
        try
        {
            var group = await TakeAllAsync(cancellationToken).ConfigureAwait(false);
            if (group is null)
                await GiveBackAsync().ConfigureAwait(false);
            return group;
        }
        catch
        {
            await GiveBackAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            await ending.DisposeAsync().ConfigureAwait(false);
            runtime.Pending.End();
        }
    }

    /// <summary>The failure that an attempt without a group is.</summary>
    public LockTimeoutException MakeTimeout() => new(_missed.Key, Waited < wait ? Waited : wait, _missed.Place);

    private async Task<LockGroup?> TakeAllAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = Array.IndexOf(_taken, null);
            if (next < 0 || _tokens.Lost.IsCancellationRequested)
            {
                var lost = Array.FindIndex(_taken, static handle => handle is { Keeper.IsLost: true });
                if (lost >= 0)
                {
                    GoBackTo(lost);
                    continue;
                }

                if (next < 0)
                    return HandOver();
            }

            if (!await TakeAsync(next, cancellationToken).ConfigureAwait(false))
                return null;
        }
    }

    /// <summary>Takes the next one, or all that are left once the wait is over. False when one of them cannot be had.</summary>
    private async Task<bool> TakeAsync(int next, CancellationToken cancellationToken)
    {
        var lost = _tokens.Lost;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lost);
        try
        {
            var rest = wait == Timeout.InfiniteTimeSpan ? wait : wait - Waited;
            return rest > TimeSpan.Zero || rest == Timeout.InfiniteTimeSpan
                ? await TakeOneAsync(next, rest, AttemptTimeout, either.Token).ConfigureAwait(false) is not { } place || Miss(next, place)
                : await TryRestAsync(next, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (stop.Ending.IsCancellationRequested)
                throw stop.MakeEnded();

            // One that was taken is lost.
            return true;
        }
    }

    /// <summary>One try of each, at the same time, which is over by the time that an answer is due.</summary>
    private async Task<bool> TryRestAsync(int next, CancellationToken cancellationToken)
    {
        var left = wait + AttemptTimeout - Waited;
        if (left < TryMin)
            return Miss(next, place: 0);

        var timeout = left < AttemptTimeout ? left : AttemptTimeout;
        int[] open = [.. Enumerable.Range(next, terms.Length - next).Where(index => _taken[index] is null)];
        var places = await Task.WhenAll(open.Select(index => TakeOneAsync(index, TimeSpan.Zero, timeout, cancellationToken))).ConfigureAwait(false);
        var missed = Array.FindIndex(places, static place => place is not null);
        return missed < 0 || Miss(open[missed], places[missed]!.Value);
    }

    /// <summary>Takes one.</summary>
    /// <returns>Null when it is taken, else the last known place in its queue.</returns>
    private async Task<int?> TakeOneAsync(int index, TimeSpan rest, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var one = terms[index];
        one = one with { Settings = one.Settings with { Wait = rest, AttemptTimeout = timeout } };
        var (handle, loop) = await acquire(one, cancellationToken).ConfigureAwait(false);
        if (handle is null)
            return loop.Place;

        bool isOver;
        lock (_gate)
        {
            isOver = _isOver;
            if (!isOver)
                _taken[index] = handle;
        }

        if (isOver)
        {
            // Granted while the client was stopping.
            handle.Keeper.GiveBack();
            throw stop.MakeEnded();
        }

        handle.Keeper.Tokens.Join(_tokens);
        return null;
    }

    private bool Miss(int index, int place)
    {
        _missed = (terms[index].Key, place);
        return false;
    }

    private void GoBackTo(int lost)
    {
        LockHandle?[] back;
        lock (_gate)
        {
            back = _taken[lost..];
            Array.Clear(_taken, lost, back.Length);
        }

        foreach (var handle in back)
            _ = GiveBackAsync(handle?.Keeper);
        _tokens = new GroupTokens();
        foreach (var handle in _taken[..lost])
            handle!.Keeper.Tokens.Join(_tokens);
    }

    private LockGroup HandOver()
    {
        lock (_gate)
        {
            if (_isOver)
                throw stop.MakeEnded();

            // Before the end of the client can be told to them: that is to be forgotten by nobody.
            foreach (var handle in _taken)
                handle!.Keeper.HandOver();
            _isOver = true;
        }

        return new LockGroup(Array.ConvertAll(_taken, static handle => handle!));
    }

    /// <summary>Gives all back, unless they are handed over. No more are taken.</summary>
    private void GiveBack()
    {
        lock (_gate)
        {
            if (_isOver)
                return;

            _isOver = true;
        }

        foreach (var handle in _taken)
            handle?.Keeper.GiveBack();
    }

    /// <summary>Gives all back, and waits for a moment until that is confirmed. It goes on in the background.</summary>
    private async Task GiveBackAsync()
    {
        GiveBack();
        var back = Task.WhenAll(_taken.Select(static handle => GiveBackAsync(handle?.Keeper)));
        var left = wait == Timeout.InfiniteTimeSpan ? AcquireProtocol.CancelTimeout : wait + AttemptTimeout - Waited;
        if (left > AcquireProtocol.CancelTimeout)
            left = AcquireProtocol.CancelTimeout;
        if (left > TimeSpan.Zero)
            await back.WaitAsync(left, runtime.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Gives one back, and waits for the confirmation, for one attempt at most. Of one that is lost, begins the release alone.</summary>
    private static async Task GiveBackAsync(LeaseKeeper? keeper)
    {
        if (keeper is null)
            return;

        keeper.GiveBack();
        await keeper.ReleaseAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
