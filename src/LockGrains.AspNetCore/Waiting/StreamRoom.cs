namespace LockGrains.AspNetCore.Waiting;

/// <summary>Counts the open event streams of this host.</summary>
/// <param name="max">The most.</param>
internal sealed class StreamRoom(int max)
{
    private int _count;

    /// <summary>A stream begins, if there is room.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= max)
            return true;
        Interlocked.Decrement(ref _count);
        return false;
    }

    /// <summary>It ends.</summary>
    public void Leave() => Interlocked.Decrement(ref _count);
}
