namespace LockGrains.Core;

/// <summary>A call that has not been answered.</summary>
internal sealed class PendingCall(LockCommand command, TimeSpan arrivedAt)
{
    // Continuations run later, on the scheduler: a caller must not run in the middle of a step.
    private readonly TaskCompletionSource<LockAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LockCommand Command => command;

    public TimeSpan ArrivedAt => arrivedAt;

    public Task<LockAnswer> Task => _answer.Task;

    /// <summary>Whether, before it has an answer, its caller has gone.</summary>
    public bool IsGone => _answer.Task.IsCompleted;

    /// <summary>What would tell that its caller has gone.</summary>
    public CancellationTokenRegistration Cancellation { get; set; }

    /// <summary>The ticket that it waits with, once it does.</summary>
    public long Ticket { get; set; }

    public void Answer(LockReply reply) => Answer(reply switch
    {
        LockReply.Granted granted => new LockAnswer(reply, granted.Lease.ExpiresAt - arrivedAt),
        LockReply.Renewed renewed => new LockAnswer(reply, renewed.Lease.ExpiresAt - arrivedAt),
        LockReply.Current current => new LockAnswer(reply, current.Lease.ExpiresAt - arrivedAt),
        _ => new LockAnswer(reply),
    });

    public void AnswerUnknown(string detail) => Answer(LockAnswer.Unknown(detail));

    /// <summary>Ends it without an answer.</summary>
    /// <returns>Whether it had none yet.</returns>
    public bool Cancel(CancellationToken cancellationToken) => _answer.TrySetCanceled(cancellationToken);

    private void Answer(LockAnswer answer)
    {
        _answer.TrySetResult(answer);
        Cancellation.Unregister();
    }
}
