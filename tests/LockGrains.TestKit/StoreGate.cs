using LockGrains.Core;

namespace LockGrains.TestKit;

/// <summary>A gate that operations of an <see cref="InMemoryLockStore"/> wait at until a test opens it.</summary>
public sealed class StoreGate
{
    // Whoever opens the gate is in the middle of a test: those who waited go on afterwards, where they belong.
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal StoreGate(Func<StoreOperation, RecordName, bool> holds, bool appliesFirst)
    {
        Holds = holds;
        AppliesFirst = appliesFirst;
    }

    /// <summary>How many operations have come to the gate.</summary>
    public int Arrived { get; internal set; }

    internal Func<StoreOperation, RecordName, bool> Holds { get; }

    /// <summary>Whether an operation is applied when it arrives, so that only its answer waits.</summary>
    internal bool AppliesFirst { get; }

    internal bool IsOpen => _opened.Task.IsCompleted;

    internal Task Opened => _opened.Task;

    /// <summary>Lets everything through, now and later.</summary>
    public void Open() => _opened.TrySetResult();
}
