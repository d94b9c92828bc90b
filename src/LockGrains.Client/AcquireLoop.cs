using System.Globalization;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// Carries out one acquire, or one upgrade: sends what <see cref="AcquireProtocol"/> says, and tells it what came of it. The rules are there.
/// Whenever it ends without a grant while something may be left of the request, the cancel goes on in the background.
/// </summary>
internal sealed class AcquireLoop(ClientRuntime runtime, IRemoteLock grain, AcquireTerms terms, RequestCalls calls, TimeSpan startedAt)
{
    private readonly AcquireProtocol _protocol = new(terms.Settings, calls.MakeLeaseId, startedAt);
    private (int Request, Task<bool> Task)? _cancel;
    private AcquireReply? _reply;
    private Exception? _problem;

    /// <summary>The last known place in the queue; 0 when it never was in the queue.</summary>
    public int Place => _protocol.Place;

    public TimeSpan Waited => runtime.Now - startedAt;

    /// <summary>How long it waited, or was to wait where that is less.</summary>
    public TimeSpan WaitedAtMost => Waited < terms.Settings.Wait ? Waited : terms.Settings.Wait;

    /// <summary>Which request was sent last: 0 for the first.</summary>
    public int Request => _protocol.Request;

    /// <summary>Whether the silo may still know of the last request: nobody has said that it is over, nor confirmed its cancel.</summary>
    public bool MayBeLeft => _protocol.MayBeLeft
        && _cancel is not { Task: { IsCompletedSuccessfully: true, Result: true } };

    /// <summary>
    /// Runs until the lock is granted, or returns null when it is certain that it was not acquired within the wait.
    /// </summary>
    public async Task<Grant?> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var step = _protocol.Start(runtime.Now);
            while (true)
            {
                switch (step.Action)
                {
                    case AcquireAction.Granted:
                        return new Grant(_protocol.LeaseId.Value, _protocol.Token.Value, _protocol.Schedule!, _reply!.PermitNumbers, _reply.ValueVersion);
                    case AcquireAction.NotAcquired:
                        return null;
                    case AcquireAction.Send:
                        step = await SendAsync(step, cancellationToken).ConfigureAwait(false);
                        break;
                    case AcquireAction.Confirm:
                        step = await ConfirmAsync(step.Time, cancellationToken).ConfigureAwait(false);
                        break;
                    case AcquireAction.Pause:
                        await runtime.DelayAsync(step.Time, cancellationToken).ConfigureAwait(false);
                        step = _protocol.OnPaused(runtime.Now);
                        break;
                    case AcquireAction.Cancel:
                        var progress = await WaitForCancelAsync(step.Time, cancellationToken).ConfigureAwait(false);
                        step = _protocol.OnCancel(progress, runtime.Now, runtime.NextJitter());

                        // A late grant was given back. That is trouble, too, and it goes on after a pause.
                        if (step.Action == AcquireAction.Pause)
                            NoteUnknown(_reply?.Detail, problem: null);
                        break;
                    default:
                        throw MakeFailure(step);
                }
            }
        }
        catch (Exception exception)
        {
            await AbandonAsync(isAwaited: exception is OperationCanceledException).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<AcquireStep> SendAsync(AcquireStep step, CancellationToken cancellationToken)
    {
        var call = calls.Call(_protocol.LeaseId, _protocol.Request, step);
        _problem = null;
        try
        {
            _reply = step.Beats is null
                ? await runtime.CallAsync(call, step.Time, cancellationToken).ConfigureAwait(false)
                : await CallBeatingAsync(call, step.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Whoever may not ask is told so at once. What an earlier copy left is given up, as after any other failure.
            if (exception is UnauthorizedAccessException)
                throw;

            return OnUnknown(exception.Message, exception);
        }

        return _reply is null ? _protocol.OnCallAgain(runtime.Now) : Read(_reply);
    }

    /// <summary>A call that heartbeats speak for while it waits; null when they were told that it does not wait.</summary>
    /// <exception cref="TimeoutException">They were told nothing for long.</exception>
    private async Task<AcquireReply?> CallBeatingAsync(Func<ValueTask<AcquireReply>> call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var wait = runtime.Heartbeats.Begin(grain, terms.Key, _protocol.LeaseId.Value, OnPlace);
        await using var end = wait.ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, wait.CallAgain);
        try
        {
            return await runtime.CallAsync(call, timeout, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (wait.CallAgain.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            if (wait.IsSilent)
                throw new TimeoutException("The heartbeats of the call had no usable reply.");

            return null;
        }
    }

    private void OnPlace(BeatReply reply)
    {
        _protocol.OnPlace(reply.Place);
        if (reply.Place > 0)
            ReportProgress(reply.Place, reply.QueueLength, reply.Estimate);
    }

    private AcquireStep Read(AcquireReply reply)
    {
        switch (reply.Status)
        {
            case AcquireStatus.Granted:
                var step = _protocol.OnGranted(new FencingToken(reply.FencingToken), reply.ValidFor, runtime.Now, runtime.NextJitter());
                return LogIfTooLate(step);
            case AcquireStatus.Queued:
                // First: it is the program's code, and may take long.
                ReportProgress(reply.Place, reply.QueueLength, reply.Estimate);
                return _protocol.OnQueued(reply.Place, runtime.Now, runtime.NextJitter());
            case AcquireStatus.Denied:
                return Enum.IsDefined(reply.Reason) && reply.Reason != DenyReason.None
                    ? _protocol.OnDenied(reply.Reason, runtime.Now, runtime.NextJitter())
                    : throw MakeProtocolError($"the denial reason {(int)reply.Reason}");
            case AcquireStatus.Unknown:
                return OnUnknown(reply.Detail, null);
            default:
                throw MakeProtocolError($"the status {(int)reply.Status}");
        }
    }

    private AcquireStep OnUnknown(string? detail, Exception? problem)
    {
        var step = _protocol.OnUnknown(runtime.Now, runtime.NextJitter());
        NoteUnknown(detail, problem);
        return step;
    }

    private void NoteUnknown(string? detail, Exception? problem)
    {
        runtime.Logger.AcquireUnknown(terms.Key, _protocol.Failures, detail, problem);
        _problem = problem ?? _problem ?? ClientRuntime.MakeUnknownAnswer(detail);
    }

    private async Task<AcquireStep> ConfirmAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var leaseId = _protocol.LeaseId.Value;
        RenewReply? reply = null;
        try
        {
            reply = await runtime.CallAsync(() => grain.RenewAsync(leaseId, CancellationToken.None), timeout, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _problem = exception;
        }

        return LogIfTooLate(reply?.Status == RenewStatus.Renewed
            ? _protocol.OnConfirmed(reply.ValidFor, runtime.Now, runtime.NextJitter())
            : _protocol.OnNotConfirmed(wasToldNotHeld: reply?.Status == RenewStatus.NotHeld, runtime.Now, runtime.NextJitter()));
    }

    /// <summary>A grant that is cancelled has come too late.</summary>
    private AcquireStep LogIfTooLate(AcquireStep step)
    {
        if (step.Action == AcquireAction.Cancel)
            runtime.Logger.GrantCameTooLate(terms.Key, _protocol.Token.Value);
        return step;
    }

    private void ReportProgress(int place, int queueLength, TimeSpan? estimate)
    {
        try
        {
            terms.Progress?.Report(new WaitProgress(terms.Key, place, queueLength, Waited) { Estimate = estimate });
        }
        catch (Exception exception)
        {
            // A display that fails is no reason to lose the place.
            runtime.Logger.ProgressThrew(terms.Key, exception);
        }
    }

    private async Task AbandonAsync(bool isAwaited)
    {
        var step = _protocol.Abandon(isAwaited);
        if (step.Action == AcquireAction.Cancel
            && await WaitForCancelAsync(step.Time, CancellationToken.None).ConfigureAwait(false) != CancelProgress.Confirmed)
        {
            runtime.Logger.CancelGoesOn(terms.Key);
        }
    }

    private async Task<CancelProgress> WaitForCancelAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var request = _protocol.Request;
        if (_cancel?.Request != request)
            _cancel = (request, calls.CancelAsync(_protocol.LeaseId, request));

        try
        {
            return await _cancel.Value.Task.WaitAsync(timeout, runtime.Time, cancellationToken).ConfigureAwait(false)
                ? CancelProgress.Confirmed
                : CancelProgress.GivenUp;
        }
        catch (TimeoutException)
        {
            return CancelProgress.GoesOn;
        }
    }

    private Exception MakeFailure(AcquireStep step) => step.Action switch
    {
        AcquireAction.QueueFull => new LockQueueFullException(terms.Key, _reply!.QueueLength),
        AcquireAction.Refused => new ArgumentException(
            $"The silo refused the request for the lock '{terms.Key}': {_reply!.Detail ?? "it did not say why"}"),
        AcquireAction.OverLimit => new LockLimitException(terms.Key, terms.Permits, _reply!.Detail),
        AcquireAction.SessionOver when calls is UpgradeCalls => new LockLostException(terms.Key, _protocol.Token.Value, EndReason.SessionEnded),
        AcquireAction.SessionOver => terms.Session?.OnSaidOver() ?? MakeProtocolError("the end of a session that it did not name"),
        AcquireAction.NotHeld => new LockLostException(terms.Key, _protocol.Token.Value, EndReason.None),
        AcquireAction.NoReply => MakeUnavailable("there was no usable answer for", step.Time),
        AcquireAction.LateGrantNotReturned => MakeUnavailable("a grant came too late, and its cancel was not confirmed within", step.Time),
        AcquireAction.EndNotConfirmed => MakeUnavailable("the wait is over, and its cancel was not confirmed within", step.Time),
        _ => throw new InvariantViolationException($"{step.Action} does not end an acquire"),
    };

    private LockUnavailableException MakeUnavailable(string what, TimeSpan after) => new(
        terms.Key,
        string.Create(
            CultureInfo.InvariantCulture, $"The acquire of the lock '{terms.Key}' gave up: {what} {after.TotalSeconds:0.#} s."),
        mayHaveTakenEffect: _protocol.MayBeLeft,
        _problem);

    private InvalidOperationException MakeProtocolError(string what) => new(
        $"The silo answered the acquire of the lock '{terms.Key}' with {what}, which this client does not know. "
        + "Most likely the silo runs another version of LockGrains; bring both to the same one.");
}
