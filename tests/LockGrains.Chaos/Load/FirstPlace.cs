namespace LockGrains.Chaos;

/// <summary>Tells that a waiter was told a place: of the first one only.</summary>
internal sealed class FirstPlace(Action tell) : IProgress<WaitProgress>
{
    private int _told;

    public void Report(WaitProgress value)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
            tell();
    }
}
