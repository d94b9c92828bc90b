using System.Globalization;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// One acquire, from its first message to a grant or to the certainty that nothing is left of it.
/// <para>
/// A <c>LeaseId</c> is made once and repeated with every message until the silo says that it is over, so a repetition can never
/// queue or be granted twice. Whenever the loop ends without a grant while something may be left under the <c>LeaseId</c> (a
/// place in the queue, a grant nobody heard of), it is cancelled, and the cancel goes on in the background for as long as
/// anything can be left. "Not acquired" is only said after the silo has said so, or has confirmed the cancel.
/// </para>
/// </summary>
internal sealed class AcquireLoop(ClientRuntime runtime, ILockGrain grain, AcquireTerms terms, TimeSpan startedAt)
{
    /// <summary>The longest that a caller is kept for nothing but that its cancel is confirmed.</summary>
    internal static readonly TimeSpan CancelPatience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The last place that waits in slices of <see cref="LockClientOptions.NearSlice"/>. It bounds what they cost: 64 calls a second
    /// and key.
    /// </summary>
    internal const int NearPlaceMax = 256;

    private Guid _leaseId = LeaseIds.Make();
    private bool _mayBeLeft;

    // Whether an earlier copy of this LeaseId's request may still be on its way.
    private bool _hadTrouble;
    private Task<Answer<CancelReply>>? _cancel;
    private int _failures;
    private int _hastyReplies;
    private TimeSpan? _troubleSince;
    private TimeSpan? _repeatedSince;

    // Until then the call that was sent last may be silent because it waits.
    private TimeSpan _waitsUntil;

    // The place of this LeaseId, and the slice that the silo named for the best one; 0 before they are known.
    private int _place;
    private TimeSpan _sliceOfPlace;
    private Exception? _problem;

    /// <summary>The last known place in the queue; 0 when it never was in the queue.</summary>
    public int Place { get; private set; }

    public TimeSpan Waited => runtime.Now - startedAt;

    /// <summary>When a caller whose wait ends has its answer, whatever the cluster does.</summary>
    private TimeSpan AnswerBy => startedAt + terms.Wait + terms.AttemptTimeout;

    private bool WaitsForEver => terms.Wait == Timeout.InfiniteTimeSpan;

    private TimeSpan Left
    {
        get
        {
            if (WaitsForEver) return terms.Wait;

            var left = terms.Wait - Waited;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>
    /// Runs until the lock is granted, or returns null when it is certain that it was not acquired within the wait.
    /// </summary>
    public async Task<Grant?> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                var sentAt = runtime.Now;
                var reply = await SendAsync(cancellationToken).ConfigureAwait(false);
                if (reply.Status == AcquireStatus.Granted)
                {
                    if (await AcceptAsync(reply, sentAt, cancellationToken).ConfigureAwait(false) is { } grant) return grant;
                }
                else if (reply.Status == AcquireStatus.Denied && !MayStartOver(reply))
                {
                    await SettleAsync(cancellationToken).ConfigureAwait(false);
                    return null;
                }

                await PauseAsync(GetPause(reply, sentAt), cancellationToken).ConfigureAwait(false);
                if (runtime.Now - _repeatedSince >= LockPolicy.RepeatMax) await ReplaceLeaseIdAsync(cancellationToken).ConfigureAwait(false);
            }
            while (Left != TimeSpan.Zero);

            await SettleAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            await AbandonAsync(isImpatient: exception is not OperationCanceledException).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<AcquireReply> SendAsync(CancellationToken cancellationToken)
    {
        var left = Left;
        var slice = GetSlice(runtime.Options);
        var request = new AcquireRequest
        {
            LeaseId = _leaseId,
            OwnerId = terms.OwnerId,
            Lease = terms.Lease,
            Wait = left,
            Slice = slice,
            Renews = terms.Renews,
        };
        var wait = left == Timeout.InfiniteTimeSpan || left > slice ? slice : left;
        var timeout = Bound(terms.AttemptTimeout + wait);
        _waitsUntil = runtime.Now + wait;
        _problem = null;
        cancellationToken.ThrowIfCancellationRequested();
        _mayBeLeft = true;
        try
        {
            return await runtime.CallAsync(() => grain.AcquireAsync(request, CancellationToken.None), timeout, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Whatever it was, the request may have arrived: that makes it an unknown outcome, never a "no".
            _problem = exception;
            return new AcquireReply { Status = AcquireStatus.Unknown, Detail = exception.Message };
        }
    }

    /// <summary>
    /// Leaves time for a cancel before the caller must have its answer: only that, confirmed, makes "not acquired" of a call that was never
    /// answered.
    /// </summary>
    private TimeSpan Bound(TimeSpan timeout)
    {
        if (WaitsForEver) return timeout;

        var half = terms.AttemptTimeout / 2;
        var left = AnswerBy - (half < CancelPatience ? half : CancelPatience) - runtime.Now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < timeout ? left : timeout;
    }

    private TimeSpan GetSlice(LockClientOptions options)
    {
        if (terms.Progress is not null && _place == 0) return options.FirstSlice;

        // Whoever may be next should soon notice that nobody answers any more, and be noticed soon when it has died itself.
        var longest = _place <= NearPlaceMax && options.NearSlice < options.Slice ? options.NearSlice : options.Slice;

        // In trouble, a long slice would use up the patience in which there is time for several calls.
        if (_troubleSince is not null && options.UnavailableTimeout / 3 < longest) longest = options.UnavailableTimeout / 3;
        return _sliceOfPlace > TimeSpan.Zero && _sliceOfPlace < longest ? _sliceOfPlace : longest;
    }

    /// <summary>Takes a grant, unless its deadline passed before the reply came; then one renewal can still save it.</summary>
    private async Task<Grant?> AcceptAsync(AcquireReply reply, TimeSpan sentAt, CancellationToken cancellationToken)
    {
        var schedule = RenewalSchedule.Start(terms.Policy, sentAt, reply.ValidFor, runtime.Now, runtime.NextJitter());
        if (terms.Renews && (terms.ConfirmsLease || schedule.IsLost(runtime.Now)))
            schedule = await RenewAtOnceAsync(schedule, cancellationToken).ConfigureAwait(false);

        if (!schedule.IsLost(runtime.Now))
        {
            _mayBeLeft = false;
            return new Grant(_leaseId, reply.FencingToken, schedule);
        }

        // The next try would wait behind this grant: give it back first.
        runtime.Logger.GrantCameTooLate(terms.Key, reply.FencingToken);
        await SettleAsync(cancellationToken, "a grant came too late").ConfigureAwait(false);
        StartOver();
        return null;
    }

    /// <summary>
    /// Extends the first lease to the full one before the caller is told. Nobody knows of this grant yet, so, unlike a handle's,
    /// it may come back after its deadline if the silo confirms it.
    /// </summary>
    private async Task<RenewalSchedule> RenewAtOnceAsync(RenewalSchedule granted, CancellationToken cancellationToken)
    {
        var leaseId = _leaseId;
        var sentAt = runtime.Now;
        try
        {
            var reply = await runtime.CallAsync(
                () => grain.RenewAsync(leaseId, CancellationToken.None), Bound(terms.AttemptTimeout), cancellationToken)
                .ConfigureAwait(false);
            return reply.Status switch
            {
                RenewStatus.Renewed =>
                    RenewalSchedule.Start(terms.Policy, sentAt, reply.ValidFor, runtime.Now, runtime.NextJitter()),
                RenewStatus.NotHeld => granted.NotHeld(),
                _ => granted,
            };
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _problem = exception;
            return granted;
        }
    }

    /// <summary>
    /// Goes on under another <c>LeaseId</c>, in trouble that lasts. What the old one may have left comes first: the new one would wait behind it.
    /// </summary>
    private async Task ReplaceLeaseIdAsync(CancellationToken cancellationToken)
    {
        var patience = _troubleSince + runtime.Options.UnavailableTimeout - runtime.Now ?? TimeSpan.Zero;
        var left = Left;
        if (left != Timeout.InfiniteTimeSpan && left < patience) patience = left;
        if (patience <= TimeSpan.Zero) return;

        if (await WaitForCancelAsync(patience, cancellationToken).ConfigureAwait(false) || _cancel!.IsCompleted)
            StartOver();
        else if (left > patience || WaitsForEver)
            throw MakeUnavailable("there was no usable answer for", runtime.Now - _troubleSince!.Value);
    }

    /// <summary>Reads a denial: true to start over, false when it means "not acquired".</summary>
    private bool MayStartOver(AcquireReply reply)
    {
        // "Busy" and "full" are said of this one copy: an earlier one that was given up here may still arrive, and queue. Every
        // other denial is remembered by the silo and turns such a copy away.
        _mayBeLeft = _hadTrouble && (reply.Reason is DenialReason.Busy or DenialReason.QueueFull);
        switch (reply.Reason)
        {
            case DenialReason.Busy or DenialReason.TimedOut:
                return false;
            case DenialReason.Ended:
                StartOver();
                return true;
            case DenialReason.QueueFull:
                throw new LockQueueFullException(terms.Key, reply.QueueLength);
            case DenialReason.Invalid:
                throw new ArgumentException(
                    $"The silo refused the request for the lock '{terms.Key}': {reply.Detail ?? "it did not say why"}");
            default:
                throw MakeProtocolError($"the denial reason {(int)reply.Reason}");
        }
    }

    /// <summary>How long to wait before the next call.</summary>
    private TimeSpan GetPause(AcquireReply reply, TimeSpan sentAt)
    {
        switch (reply.Status)
        {
            case AcquireStatus.Queued:
                OnQueued(reply);
                // The next slice begins at once. But a silo that keeps answering long before the slice is over must not make us spin.
                var isHasty = runtime.Now - sentAt < runtime.Options.RetryDelay && runtime.Now - sentAt < (_waitsUntil - sentAt) / 2;
                _hastyReplies = isHasty ? _hastyReplies + 1 : 0;
                return _hastyReplies > 1 ? runtime.Policy.Backoff.After(_hastyReplies, runtime.NextJitter()) : TimeSpan.Zero;
            case AcquireStatus.Granted or AcquireStatus.Unknown:
                return OnTrouble(reply.Detail);
            case AcquireStatus.Denied:
                // Ended. The silo answers, so this is no trouble; but it must not become a spin either.
                _troubleSince = null;
                return runtime.Policy.Backoff.After(++_failures, runtime.NextJitter());
            default:
                throw MakeProtocolError($"the status {(int)reply.Status}");
        }
    }

    private void OnQueued(AcquireReply reply)
    {
        _troubleSince = _repeatedSince = null;
        _failures = 0;
        Place = _place = reply.Place;

        // A place never gets worse. Whoever says so does not have the key any more, and the one that does waits no longer for us.
        if (_sliceOfPlace == TimeSpan.Zero || reply.Slice < _sliceOfPlace) _sliceOfPlace = reply.Slice;
        try
        {
            terms.Progress?.Report(new WaitProgress(terms.Key, reply.Place, reply.QueueLength, Waited));
        }
        catch (Exception exception)
        {
            // A display that fails is no reason to lose the place.
            runtime.Logger.ProgressThrew(terms.Key, exception);
        }
    }

    private TimeSpan OnTrouble(string? detail)
    {
        var now = runtime.Now;
        _troubleSince ??= now < _waitsUntil ? now : _waitsUntil;
        _repeatedSince ??= _troubleSince;
        _failures++;
        _hadTrouble = true;
        runtime.Logger.AcquireUnknown(terms.Key, _failures, detail, _problem);
        _problem ??= ClientRuntime.MakeUnknownAnswer(detail);
        if (now - _troubleSince >= runtime.Options.UnavailableTimeout)
            throw MakeUnavailable("there was no usable answer for", now - _troubleSince.Value);

        return runtime.Policy.Backoff.After(_failures, runtime.NextJitter());
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        var left = Left;
        var delay = left == Timeout.InfiniteTimeSpan || pause < left ? pause : left;
        if (delay > TimeSpan.Zero) await runtime.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
    }

    private void StartOver()
    {
        _leaseId = LeaseIds.Make();
        _place = 0;
        _sliceOfPlace = TimeSpan.Zero;
        _mayBeLeft = false;
        _hadTrouble = false;
        _repeatedSince = null;
        _cancel = null;
    }

    /// <summary>Makes certain that nothing is left of this <c>LeaseId</c>, or says that this cannot be known.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken, string why = "the wait is over")
    {
        if (!_mayBeLeft) return;

        var patience = WaitsForEver ? runtime.Options.UnavailableTimeout : AnswerBy - runtime.Now;
        if (patience < TimeSpan.Zero) patience = TimeSpan.Zero;
        if (!await WaitForCancelAsync(patience, cancellationToken).ConfigureAwait(false))
            throw MakeUnavailable($"{why}, and its cancel was not confirmed within", patience);
    }

    private async Task AbandonAsync(bool isImpatient)
    {
        if (!_mayBeLeft) return;

        var patience = isImpatient ? TimeSpan.Zero : CancelPatience;
        if (!await WaitForCancelAsync(patience, CancellationToken.None).ConfigureAwait(false))
            runtime.Logger.CancelGoesOn(terms.Key);
    }

    private async Task<bool> WaitForCancelAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var leaseId = _leaseId;
        _cancel ??= runtime.Pending.RepeatAsync(
            () => grain.CancelAsync(leaseId, CancellationToken.None),
            static reply => reply.Status is CancelStatus.Cancelled or CancelStatus.Released or CancelStatus.NotFound,
            runtime.GetAftermath(terms.Lease));
        try
        {
            var answer = await _cancel.WaitAsync(patience, runtime.Time, cancellationToken).ConfigureAwait(false);
            return answer.Reply is not null;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private LockUnavailableException MakeUnavailable(string what, TimeSpan after) => new(
        terms.Key,
        string.Create(
            CultureInfo.InvariantCulture, $"The acquire of the lock '{terms.Key}' gave up: {what} {after.TotalSeconds:0.#} s."),
        mayHaveTakenEffect: _mayBeLeft,
        _problem);

    private InvalidOperationException MakeProtocolError(string what) => new(
        $"The silo answered the acquire of the lock '{terms.Key}' with {what}, which this client does not know. "
        + "Most likely the silo runs another version of LockGrains; bring both to the same one.");
}
