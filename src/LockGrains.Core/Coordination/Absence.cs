namespace LockGrains.Core;

/// <summary>
/// That no lock record was found, and when that was asked. Until a record is created, all that is decided leans on it, and it must be
/// young: meanwhile another activation can create the key, use it, and forget it again (<see cref="Forgetting"/>), which takes it at
/// least four times <see cref="LockPolicy.CreateWindow"/>. So nothing is decided on an absence older than the window, and a creation that
/// is answered when it is twice as old counts as unknown: its tokens may be smaller than some that were granted since.
/// </summary>
/// <param name="AskedAt">When the load or the deletion that proved it was sent. The monotonic clock, and the wall clock in milliseconds:
/// one of the two goes on while a machine sleeps.</param>
internal readonly record struct Absence(LockTime AskedAt)
{
    public bool AllowsDecision(LockTime now, LockPolicy policy) => Age(now) < policy.CreateWindow;

    public bool AllowsCreation(LockTime now, LockPolicy policy) => Age(now) < policy.CreateWindow * 2;

    private TimeSpan Age(LockTime now)
    {
        var wall = TimeSpan.FromMilliseconds(now.UnixMilliseconds - AskedAt.UnixMilliseconds);
        var monotonic = now.Monotonic - AskedAt.Monotonic;
        return wall > monotonic ? wall : monotonic;
    }
}
