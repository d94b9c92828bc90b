namespace LockGrains.Core;

/// <summary>The clocks of one activation: the monotonic one, from when it was made, and the wall clock.</summary>
internal sealed class ActivationClock(TimeProvider timeProvider)
{
    private readonly long _origin = timeProvider.GetTimestamp();

    public TimeProvider TimeProvider => timeProvider;

    public TimeSpan Elapsed => timeProvider.GetElapsedTime(_origin);

    public LockTime Now => new(Elapsed, timeProvider.GetUtcNow().ToUnixTimeMilliseconds());
}
