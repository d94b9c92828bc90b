namespace LockGrains;

/// <summary>
/// Takes part in the life of whatever Orleans is in this host. That of a silo is known to the silo's package alone, which a client outside
/// of a cluster does without; hence for any.
/// </summary>
internal sealed class HostStopParticipant<TLifecycle>(HostStop stop) : ILifecycleParticipant<TLifecycle>
    where TLifecycle : ILifecycleObservable
{
    public void Participate(TLifecycle observer) => stop.Participate(observer);
}
