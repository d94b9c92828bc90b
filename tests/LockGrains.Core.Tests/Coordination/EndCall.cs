namespace LockGrains.Core.Tests.Coordination;

/// <summary>A call that waits for the end of a hold, as its caller sees it.</summary>
internal sealed class EndCall(Task<bool?> task)
{
    public bool IsTold => task.IsCompleted;

    public bool IsCancelled => task.IsCanceled;

    /// <summary>Whether the hold is over, null when nobody can say; the call must have its reply.</summary>
    public bool? IsOver
    {
        get
        {
            Assert.True(task.IsCompletedSuccessfully, $"The call is {task.Status}, not told.");
            return task.GetAwaiter().GetResult();
        }
    }
}
