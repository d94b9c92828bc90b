namespace LockGrains.Core.Tests.Coordination;

/// <summary>A call that watches a key, as its caller sees it.</summary>
internal sealed class WatchCall(Task<WatchReply> task)
{
    public bool IsTold => task.IsCompleted;

    public bool IsCancelled => task.IsCanceled;

    /// <summary>The reply; the call must have one.</summary>
    public WatchReply Reply
    {
        get
        {
            Assert.True(task.IsCompletedSuccessfully, $"The call is {task.Status}, not answered.");
            return task.GetAwaiter().GetResult();
        }
    }

    public WatchStatus Status => Reply.Status;

    public string Cursor => Reply.Cursor ?? throw new InvalidOperationException($"The reply is {Status} and has no cursor.");

    /// <summary>The state; the call must have been told one.</summary>
    public LockInfo Info
    {
        get
        {
            Assert.Equal(WatchStatus.Current, Status);
            return Reply.Info!;
        }
    }
}
