namespace LockGrains.Core.Tests.Coordination;

/// <summary>Remembers what a coordinator tells its host, and whether it told it where it should.</summary>
internal sealed class RecordingObserver(TaskScheduler scheduler) : ILockCoordinatorObserver
{
    private readonly List<LockEvent> _events = [];
    private readonly List<(RecordName Name, int Bytes, TimeSpan Elapsed)> _writes = [];

    public IReadOnlyList<LockEvent> Events => _events;

    public IReadOnlyList<(RecordName Name, int Bytes, TimeSpan Elapsed)> Writes => _writes;

    public IEnumerable<LeaseId> Granted => _events.OfType<LockEvent.LeaseGranted>().Select(granted => granted.Lease.LeaseId);

    public bool? LoadedFenced { get; private set; }

    public LockState? Loaded { get; private set; }

    public QuarantineReason Quarantine { get; private set; }

    public int Quarantines { get; private set; }

    public Exception? QuarantineException { get; private set; }

    /// <summary>Called at each event, before it is remembered.</summary>
    public Action<LockEvent>? OnEventHook { get; set; }

    public void OnEvent(LockEvent lockEvent, LockTime now, int queueLength)
    {
        CheckScheduler();
        OnEventHook?.Invoke(lockEvent);
        _events.Add(lockEvent);
    }

    public void OnWritten(RecordName name, int bytes, TimeSpan elapsed)
    {
        CheckScheduler();
        _writes.Add((name, bytes, elapsed));
    }

    public void OnLoaded(LockState state, bool fenced)
    {
        CheckScheduler();
        (Loaded, LoadedFenced) = (state, fenced);
    }

    /// <summary>Whether there were records, each time that the key was forgotten.</summary>
    public List<bool> Forgotten { get; } = [];

    /// <summary>Whether the activation may end, when the key was forgotten last.</summary>
    public bool IsUnused { get; private set; }

    public void OnForgotten(bool wasStored, bool isUnused)
    {
        CheckScheduler();
        Forgotten.Add(wasStored);
        IsUnused = isUnused;
    }

    public void OnQuarantined(QuarantineReason reason, Exception? exception)
    {
        CheckScheduler();
        (Quarantine, QuarantineException) = (reason, exception);
        Quarantines++;
    }

    private void CheckScheduler() => Assert.Same(scheduler, TaskScheduler.Current);
}
