namespace LockGrains.Core.Tests.Coordination;

/// <summary>A call to a coordinator, as its caller sees it.</summary>
internal sealed class Call(Task<LockAnswer> task)
{
    public bool IsAnswered => task.IsCompleted;

    public bool IsCancelled => task.IsCanceled;

    /// <summary>The answer; the call must have one.</summary>
    public LockAnswer Answer
    {
        get
        {
            Assert.True(task.IsCompletedSuccessfully, $"The call is {task.Status}, not answered.");
            return task.GetAwaiter().GetResult();
        }
    }

    public LockReply Reply => Answer.Reply;

    /// <summary>The granted lease; the call must have been granted.</summary>
    public Lease Lease => Assert.IsType<LockReply.Granted>(Reply).Lease;

    /// <summary>The hold as it is after a change; the call must have been answered with it.</summary>
    public Lease Changed => Assert.IsType<LockReply.Changed>(Reply).Lease;

    public LockReply.Queued Queued => Assert.IsType<LockReply.Queued>(Reply);

    /// <summary>The places that a heartbeat was told; 0 for a request that must call again, or whose place is not durable.</summary>
    public IEnumerable<int> Places => Assert.IsType<LockReply.Heard>(Reply).Places.Select(place => place.Place);

    public DenyReason DenyReason => Assert.IsType<LockReply.Denied>(Reply).Reason;

    public EndReason NotHeld => Assert.IsType<LockReply.NotHeld>(Reply).Reason;

    public EndReason Ended => Assert.IsType<LockReply.Ended>(Reply).Reason;

    public bool IsUnknown => Reply is LockReply.Unknown;

    public bool IsGranted => IsAnswered && Reply is LockReply.Granted;
}
