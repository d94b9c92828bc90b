using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Core;

/// <content>Loading, fencing, writing, and what happens when one of them goes wrong.</content>
public sealed partial class LockCoordinator
{
    [SuppressMessage("Reliability", "CA2213:Disposable fields should be disposed", Justification = "Disposed when it ends; it is never alive after.")]
    private ITimer? _timer;
    private TimeSpan _timerDue = TimeSpan.MaxValue;

    private async Task LoadAsync()
    {
        _absence = new Absence(Now());
        _validatedAt = _absence.AskedAt.Monotonic;
        var head = await WithinStoreTimeout(_store.LoadAsync(RecordName.Head));
        _headETag = head.ETag;
        if (head.Data.IsEmpty && head.ETag is null)
        {
            Begin(LockState.Create(Now(), _policy), fenced: false);
            return;
        }

        var record = RecordCodec.DecodeLock(head.Data);
        var waiters = await LoadWaitersAsync(record);
        var state = LockState.Restore(record, waiters, Now(), _policy);
        if (_phase != Phase.New)
            return;

        // From the fence on, whatever an older activation or a late write still sends meets another ETag. Only a lock that nobody
        // holds or waits for needs none: there is nothing to take from anybody, and the first grant is a fence itself.
        var fenced = !state.Holders.IsEmpty || !state.Queue.IsEmpty;
        if (fenced)
            await WriteHeadAsync(state);
        Begin(state, fenced);
    }

    private async Task<IReadOnlyList<Waiter>> LoadWaitersAsync(LockRecord record)
    {
        try
        {
            var waiters = await WithinStoreTimeout(_journal.LoadAsync(record));
            if (_journal.HasForeignChunk)
                await ValidateAsync();
            return waiters;
        }
        catch (RecordFormatException)
        {
            // Chunks that do not fit their safety record are most likely newer than it: a live activation has moved on meanwhile.
            await ValidateAsync();
            throw;
        }
    }

    private void Begin(LockState state, bool fenced)
    {
        if (_phase != Phase.New)
            return;
        _state = state;
        _phase = Phase.Serving;
        _forgetting.Heard(Elapsed);
        if (_journal.HasLeftovers)
            _flushDue = Elapsed + _policy.QueueWriteDelay;
        _observer?.OnLoaded(state, fenced);
    }

    private async Task WriteHeadAsync(LockState state)
    {
        var startedAt = Elapsed;
        var proof = _proof;
        var places = _journal.PlacesFor(state);
        var record = new LockRecord
        {
            Epoch = state.Epoch,
            LastToken = state.LastToken,
            LastTokenAt = state.LastTokenAt,
            Holders = state.Holders,
            Ended = state.Ended.Youngest(),
            NextTicket = state.Queue.NextTicket,
            FirstTicket = state.Queue.FirstTicket,
            CommittedTail = _journal.FlushedTail,
            NearTail = state.NearTail,
            Chunks = places,
            EndedTickets = _journal.EndedFor(places),
        };
        var data = RecordCodec.Encode(record);
        _headDue = TimeSpan.MaxValue;
        var write = await WriteHeadAsync(data, startedAt);
        if (_phase is not (Phase.New or Phase.Serving))
            return;
        if (write.IsConflict)
            throw new StoreConflictException(RecordName.Head);
        if (_headETag is null && !_absence.AllowsCreation(Now(), _policy))
            throw new TimeoutException("The storage took so long to create the record that the key may have been used and forgotten meanwhile.");
        _headETag = write.ETag;
        _validatedAt = startedAt;
        _journal.OnCommitted(record);
        _observer?.OnWritten(RecordName.Head, data.Length, Elapsed - startedAt);
        if (proof is null)
            return;
        _proof = null;
        proof.TrySetResult(state);
    }

    private async Task<StoreWrite> WriteHeadAsync(byte[] data, TimeSpan startedAt)
    {
        try
        {
            var write = await WithinStoreTimeout(_store.CompareAndSetAsync(RecordName.Head, _headETag, data));
            if (write.IsConflict)
                _observer?.OnWriteFailed(isConflict: true, Elapsed - startedAt);
            return write;
        }
        catch
        {
            _observer?.OnWriteFailed(isConflict: false, Elapsed - startedAt);
            throw;
        }
    }

    /// <summary>Asks the store whether this coordinator is the current one, without writing.</summary>
    private async Task ValidateAsync()
    {
        var startedAt = Elapsed;
        var head = await WithinStoreTimeout(_store.LoadAsync(RecordName.Head));
        if (head.ETag != _headETag)
            throw new StoreConflictException(RecordName.Head);
        _validatedAt = startedAt;
    }

    /// <summary>Finds out whether there is still no record, before anything is decided on an absence that was seen long ago.</summary>
    private async Task LookAgainAsync()
    {
        var absence = new Absence(Now());
        await ValidateAsync();
        _absence = absence;
        if (!_absence.AllowsDecision(Now(), _policy))
            throw new TimeoutException("The storage took so long to say that there is no record that the key may have been used and forgotten meanwhile.");
    }

    /// <summary>Nobody holds, nobody waits, and the lock record says so. What chunks still say of an empty queue goes with them.</summary>
    private bool IsIdle => _state is { Holders.IsEmpty: true, Queue.IsEmpty: true } && _headDue == TimeSpan.MaxValue
        && _flush is null && _flushDue == TimeSpan.MaxValue && _stopRequest is null;

    private bool IsForgettingDue(TimeSpan now) => IsIdle && _inbox.Count == 0 && _forgetting.DueAt <= now;

    /// <summary>Deletes the key's records. A command that comes before the first deletion calls it off; one that comes later creates the key anew.</summary>
    private async Task ForgetAsync()
    {
        var isStored = _headETag is not null;
        if (isStored)
        {
            if (!_forgetting.MayForget(_state!, Now()) || !_forgetting.TryTakeTurn(Elapsed))
                return;
            try
            {
                if (!await DeleteRecordsAsync())
                    return;
            }
            finally
            {
                _forgetting.EndTurn();
            }
        }
        else
        {
            _forgetting.Begin();
        }

        _observer?.OnForgotten(isStored, isUnused: _inbox.Count == 0);
    }

    /// <summary>Deletes them, unless it is called off.</summary>
    private async Task<bool> DeleteRecordsAsync()
    {
        var slots = await _forgetting.FindSlotsAsync(_state!);
        if (slots.Count > 0 && IsForgettingDue(Elapsed))
        {
            _journal.LeaveOutChunks();
            await WriteHeadAsync(_state!);
        }

        if (_phase != Phase.Serving || !IsForgettingDue(Elapsed))
            return false;
        _absence = new Absence(Now());
        _forgetting.Begin();
        await _forgetting.DeleteAsync(slots, _headETag!);
        _headETag = null;
        _journal.Forget();
        return true;
    }

    private bool IsValidatedRecently(LockTime now) => _policy.ValidationAge > TimeSpan.Zero && now.Monotonic - _validatedAt < _policy.ValidationAge;

    private void StartFlushIfDue(TimeSpan now)
    {
        if (_flush is not null || _flushDue > now || _journal.HasUncommittedRemovals)
            return;
        _flushDue = TimeSpan.MaxValue;
        if (!_journal.NeedsFlush)
            return;
        _flushDeadline = now + _policy.StoreTimeout;
        var flush = FlushAsync(_state!);
        if (flush.IsCompleted)
            return;
        _flush = flush;
        ArmTimer();
    }

    /// <summary>Writes the changed chunks while the pump goes on, and lets the next write of the safety record confirm them.</summary>
    private async Task FlushAsync(LockState state)
    {
        try
        {
            if (await _journal.BeginFlushAsync(state))
                state = await ProveCurrentAsync();
            var written = await _journal.WriteChunksAsync(state);
            EndFlush();
            if (_phase != Phase.Serving)
                return;
            if (_awaitingPlace.Count > 0)
                _headDue = TimeSpan.Zero;
            else if (written)
                _headDue = Min(_headDue, Elapsed + _policy.ReleaseWriteDelay);
        }
        catch (Exception exception)
        {
            EndFlush();
            Quarantine(exception);
        }

        Pump();
    }

    /// <summary>Waits for a write of the safety record that begins from now on: none succeeds once a later activation has fenced.</summary>
    /// <returns>The state that was written.</returns>
    private async Task<LockState> ProveCurrentAsync()
    {
        if (_phase != Phase.Serving)
            throw new OperationCanceledException(_endDetail);
        var proof = _proof = new TaskCompletionSource<LockState>(TaskCreationOptions.RunContinuationsAsynchronously);
        _headDue = TimeSpan.Zero;
        _flushDeadline = TimeSpan.MaxValue;
        Pump();
        var state = await proof.Task;
        _flushDeadline = Elapsed + _policy.StoreTimeout;
        return state;
    }

    private void EndFlush()
    {
        _flush = null;
        _flushDeadline = TimeSpan.MaxValue;
    }

    private void OnChunkWritten(RecordName name, int bytes)
    {
        // A long queue is many chunks: each has the store's full time.
        _flushDeadline = Elapsed + _policy.StoreTimeout;
        _observer?.OnWritten(name, bytes, TimeSpan.Zero);
    }

    /// <summary>While it is ending, nothing that is to be stored waits for its delay.</summary>
    private bool HurryToStop()
    {
        if (_stopRequest is null)
            return false;
        var headIsLate = _headDue != TimeSpan.MaxValue && _headDue != TimeSpan.Zero;
        var flushIsLate = _flush is null && _journal.NeedsFlush && _flushDue != TimeSpan.Zero;
        if (headIsLate)
            _headDue = TimeSpan.Zero;
        if (flushIsLate)
            _flushDue = TimeSpan.Zero;
        return headIsLate || flushIsLate;
    }

    /// <summary>Ends in good order, once there is nothing left to store.</summary>
    private void FinishIfStored()
    {
        var isStored = _flush is null && !_journal.NeedsFlush && _headDue == TimeSpan.MaxValue;
        if (_stopRequest is null || _phase is not (Phase.New or Phase.Serving) || !isStored)
            return;
        foreach (var call in _waiting.TakeAll().Concat(_awaitingPlace.Values))
        {
            if (call.Ticket < _journal.CommittedTail)
                AnswerPlace(call);
            else
                call.AnswerUnknown(_endDetail);
        }

        End(Phase.Stopped, _endDetail);
    }

    private void Quarantine(Exception exception)
    {
        if (_phase is Phase.Quarantined or Phase.Stopped)
            return;
        var reason = exception switch
        {
            StoreConflictException => QuarantineReason.Conflict,
            RecordFormatException => QuarantineReason.BadRecord,
            InvariantViolationException => QuarantineReason.Defect,
            _ => QuarantineReason.OutcomeUnknown,
        };
        End(Phase.Quarantined, exception.Message);
        _observer?.OnQuarantined(reason, exception);
    }

    /// <summary>The last thing it does: nobody is left without an answer, and no timer keeps it alive.</summary>
    private void End(Phase phase, string detail)
    {
        _phase = phase;
        _endDetail = detail;
        _journal.Abandon();
        _proof?.TrySetCanceled();
        _timer?.Dispose();
        _timer = null;
        foreach (var call in _batch.Select(decision => decision.Call).OfType<PendingCall>()
            .Concat(_inbox).Concat(_taken).Concat(_awaitingPlace.Values).Concat(_waiting.TakeAll()))
            call.AnswerUnknown(detail);
        _batch.Clear();
        _inbox.Clear();
        _awaitingPlace.Clear();
        _stopRequest?.TrySetResult();
    }

    /// <summary>Marks how long the store may take: past it the timer ends this coordinator, and the operation is left to itself.</summary>
    private async Task<T> WithinStoreTimeout<T>(Task<T> operation)
    {
        if (operation.IsCompleted)
            return await operation;
        _storeDeadline = Elapsed + _policy.StoreTimeout;
        ArmTimer();
        try
        {
            return await operation;
        }
        finally
        {
            _storeDeadline = TimeSpan.MaxValue;
        }
    }

    /// <summary>
    /// Sees to it that the one timer fires no later than the next deadline. It may fire earlier, and is then set again: that is cheaper
    /// than setting it at every step.
    /// </summary>
    private void ArmTimer()
    {
        if (_phase is Phase.Quarantined or Phase.Stopped)
            return;

        // While the pump is at work it sees by itself what is due, and only a store that does not answer can keep it from that. What
        // is due and being written already would set the timer off again and again.
        var due = Min(_storeDeadline, _flushDeadline);
        if (!_pumping)
            due = Min(due, NextDeadline());
        if (due >= _timerDue)
            return;
        _timerDue = due;
        var delay = due - Elapsed;
        delay = delay < TimeSpan.Zero ? TimeSpan.Zero : Min(delay, TimeSpan.FromDays(40));
        if (_timer is not null)
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
        else
            _timer = CreateTimer(delay);
    }

    private ITimer CreateTimer(TimeSpan delay)
    {
        // The timer outlives the call that happens to make it, and must not carry that call's context along.
        using var noFlow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        return _timeProvider.CreateTimer(static state => ((LockCoordinator)state!).PostTimer(), this, delay, Timeout.InfiniteTimeSpan);
    }

    private void PostTimer() => Post(OnTimer);

    /// <summary>Does something on the coordinator's own scheduler, from wherever a clock or a caller may be.</summary>
    private void Post(Action action) =>
        _ = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);

    private void OnTimer()
    {
        _timerDue = TimeSpan.MaxValue;
        if (Min(_storeDeadline, _flushDeadline) <= Elapsed)
            Quarantine(new TimeoutException($"The storage did not answer within {_policy.StoreTimeout}; nobody knows whether it was applied."));
        else if (_pumping)
            ArmTimer();
        else
            Pump();
    }
}
