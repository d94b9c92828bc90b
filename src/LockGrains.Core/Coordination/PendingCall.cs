namespace LockGrains.Core;

/// <summary>A call that has not been answered.</summary>
internal abstract class PendingCall(LockCommand command, TimeSpan arrivedAt, CancellationToken cancellationToken)
{
    private CancellationTokenRegistration _cancellation;

    /// <summary>What it asks. A call that waits has asked already: its waiter says the rest, and the command is let go.</summary>
    public LockCommand Command { get; private set; } = command;

    public TimeSpan ArrivedAt => arrivedAt;

    /// <summary>The ticket that it waits with, once it does.</summary>
    public long Ticket { get; private set; }

    /// <summary>When its slice ends, once it waits.</summary>
    public TimeSpan WaitsUntil { get; private set; }

    /// <summary>Whether it has its answer, or was cancelled.</summary>
    public abstract bool IsCompleted { get; }

    /// <summary>Whether its caller has gone.</summary>
    public bool IsAbandoned => cancellationToken.IsCancellationRequested || IsCompleted;

    public void Answer(LockReply reply) => Answer(reply switch
    {
        LockReply.Granted granted => new LockAnswer(reply, ValidFor(granted.Lease)),
        LockReply.Renewed renewed => new LockAnswer(reply, ValidFor(renewed.Lease)),
        LockReply.Current current => new LockAnswer(reply, ValidFor(current.Lease)),
        _ => new LockAnswer(reply),
    });

    // The term of a lease may be over while its lock-delay keeps others out still: the lock is its holder's, for no time.
    private TimeSpan ValidFor(Lease lease) => lease.PromisedUntil > arrivedAt ? lease.PromisedUntil - arrivedAt : TimeSpan.Zero;

    public void AnswerUnknown(string detail) => Answer(LockAnswer.Unknown(detail));

    /// <summary>It waits from now on.</summary>
    public void StartWaiting(Waiter waiter) => (Ticket, WaitsUntil, Command) = (waiter.Ticket, waiter.AttachedUntil, LockCommand.Tick.Instance);

    /// <summary>Has somebody told when its caller goes. Only who has to wait needs it: what is decided is answered as soon as it is written.</summary>
    /// <param name="onGone">Is given this call, on any thread.</param>
    public void Listen(Action<object?> onGone)
    {
        if (cancellationToken.CanBeCanceled && _cancellation == default && !IsCompleted)
            _cancellation = cancellationToken.UnsafeRegister(onGone, this);
    }

    /// <summary>Ends it without an answer.</summary>
    /// <returns>Whether it had none yet.</returns>
    public bool Cancel() => TryCancel(cancellationToken);

    protected abstract void Complete(LockAnswer answer);

    protected abstract bool TryCancel(CancellationToken cancellationToken);

    public void Answer(LockAnswer answer)
    {
        Complete(answer);
        _cancellation.Unregister();
    }
}

/// <summary>A call that has not been answered, and how its caller reads the answer.</summary>
internal sealed class PendingCall<T>(LockCommand command, TimeSpan arrivedAt, Func<LockAnswer, T> read, CancellationToken cancellationToken)
    : PendingCall(command, arrivedAt, cancellationToken)
{
    // Continuations run later, on the scheduler: a caller must not run in the middle of a step.
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _answer.Task;

    public override bool IsCompleted => _answer.Task.IsCompleted;

    protected override void Complete(LockAnswer answer)
    {
        if (IsCompleted)
            return;
        try
        {
            _answer.TrySetResult(read(answer));
        }
        catch (Exception exception)
        {
            // The reader's trouble, not the lock's.
            _answer.TrySetException(exception);
        }
    }

    protected override bool TryCancel(CancellationToken cancellationToken) => _answer.TrySetCanceled(cancellationToken);
}
