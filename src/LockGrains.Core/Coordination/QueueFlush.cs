namespace LockGrains.Core;

/// <summary>Writes the changed chunks of the queue while the coordinator goes on; the next write of the lock record confirms them.</summary>
internal sealed class QueueFlush(QueueJournal journal, DueWrites due, LockSteps steps)
{
    public bool IsRunning { get; private set; }

    /// <summary>
    /// Set while a flush waits for a write of the lock record that begins from now on: none succeeds once a later activation has fenced.
    /// Takes the state that was written.
    /// </summary>
    public TaskCompletionSource<LockState>? Proof { get; private set; }

    public void StartIfDue(TimeSpan now, LockState state)
    {
        if (IsRunning || due.Queue > now || journal.HasUncommittedRemovals)
            return;
        due.FlushBegins();
        if (!journal.NeedsFlush)
            return;
        IsRunning = true;
        _ = RunAsync(state);
    }

    /// <summary>The write that a proof asked for has succeeded.</summary>
    public void Prove(TaskCompletionSource<LockState>? proof, LockState state)
    {
        if (proof is null)
            return;
        Proof = null;
        proof.TrySetResult(state);
    }

    /// <summary>The activation is over: a flush that is still under way writes no further chunk.</summary>
    public void End()
    {
        journal.Abandon();
        Proof?.TrySetCanceled();
    }

    private async Task RunAsync(LockState state)
    {
        try
        {
            if (await journal.BeginFlushAsync(state))
                state = await ProveCurrentAsync();
            var written = await journal.WriteChunksAsync(state);
            IsRunning = false;
            steps.OnFlushed(written);
        }
        catch (Exception exception)
        {
            IsRunning = false;
            steps.OnFlushFailed(exception);
        }
    }

    private Task<LockState> ProveCurrentAsync()
    {
        if (journal.IsAbandoned)
            throw new OperationCanceledException("The activation ended before its flush was proven current.");

        // The write may be done, and the proof be gone from here, before the next line: a storage may answer at once.
        var proof = Proof = new TaskCompletionSource<LockState>(TaskCreationOptions.RunContinuationsAsynchronously);
        due.RecordAtOnce();
        steps.OnProofNeeded();
        return proof.Task;
    }
}
