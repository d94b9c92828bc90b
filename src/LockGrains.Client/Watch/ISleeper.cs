namespace LockGrains;

/// <summary>What one thread sleeps on, and what others change the end of its sleep by.</summary>
internal interface ISleeper
{
    /// <summary>Returns when the time that was set last is over, or sooner.</summary>
    void Sleep();

    /// <summary>Sets when the sleep ends, the one that has begun or the next.</summary>
    /// <param name="delay">From now; 0 or less ends it at once, null never.</param>
    void WakeIn(TimeSpan? delay);
}
