namespace LockGrains.Core;

/// <summary>The tokens of a key while a step is decided: the last that was drawn, and the next.</summary>
internal sealed class TokenDraft(LockState state, LockTime now, LockPolicy policy)
{
    public FencingToken Last { get; private set; } = state.LastToken;

    /// <summary>When it was drawn, in milliseconds of the wall clock.</summary>
    public long LastAt { get; private set; } = state.LastTokenAt;

    /// <summary>Draws the token of a grant.</summary>
    public FencingToken Draw()
    {
        // So long after its last grant the key may have been forgotten and made anew, ahead of the clock, in seconds that its store has lost.
        if (IsOlderThan(policy.LifeMin))
            RaiseToClock();
        Last = Last.Next(now.UnixMilliseconds, LastAt);
        LastAt = now.UnixMilliseconds;
        return Last;
    }

    public void RaiseToClock()
    {
        var floor = Last.RaisedToClock(now.UnixMilliseconds, policy.MaxClockSkew);
        if (floor > Last)
            (Last, LastAt) = (floor, now.UnixMilliseconds);
    }

    public bool IsOlderThan(TimeSpan age) => now.UnixMilliseconds - LastAt >= (long)age.TotalMilliseconds;
}
