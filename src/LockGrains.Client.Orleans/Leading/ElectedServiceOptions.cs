using LockGrains.Core;
using Microsoft.Extensions.Hosting;

namespace LockGrains;

/// <summary>
/// The settings of one elected service. A value outside its range stops the host at its start, with the key, the name, the value and the range.
/// </summary>
public sealed class ElectedServiceOptions
{
    /// <summary>
    /// What the service's acquires do differently from <see cref="LockClientOptions"/>; by default nothing. Its lease is how long others wait for a
    /// leader that died. <see cref="AcquireOptions.TimeToStop"/> is how long the worker has to stop, <see cref="AcquireOptions.Value"/> what the leader
    /// proclaims, and <see cref="AcquireOptions.MaxHold"/> how long one leads at most. The mode must be exclusive, and the value must not be kept.
    /// </summary>
    public AcquireOptions Acquire { get; set; } = new();

    /// <summary>
    /// How long the service waits before it campaigns again, after its worker has ended by itself or has failed. Default 5s; 100ms to 30d. Others may
    /// lead meanwhile. To campaign again after a loss takes no pause.
    /// </summary>
    [Allowed("100ms", "30d")]
    public TimeSpan Pause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a worker that was told to stop may take before a warning names it, and how often the warning is repeated. Default 5s; 100ms to 1h.
    /// </summary>
    [Allowed("100ms", "1h")]
    public TimeSpan WarnAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether the process ends at once, by <see cref="Environment.FailFast(string?)"/>, when the lock is lost while the worker still runs: the last
    /// moment before another may lead. Default false. Without it an error is logged, and the worker is waited for. It is for workers that cannot be
    /// trusted to stop in time, and resources that check no fencing token. A lock that an operator revokes is lost, too.
    /// </summary>
    public bool FailFastAtLoss { get; set; }

    /// <summary>
    /// What follows when the worker throws without having been told to stop. Default null, for what the host does with any background service, which is
    /// to stop. That is <see cref="HostOptions.BackgroundServiceExceptionBehavior"/>. With <see cref="BackgroundServiceExceptionBehavior.Ignore"/> the
    /// service campaigns again after <see cref="Pause"/>. In both cases the lock is released first.
    /// </summary>
    public BackgroundServiceExceptionBehavior? ExceptionBehavior { get; set; }
}
