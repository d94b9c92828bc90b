using System.Globalization;
using LockGrains.Core;

namespace LockGrains;

/// <summary>What one acquire asks for, checked. To be in hand of one is to have valid arguments.</summary>
internal sealed record AcquireTerms
{
    public static readonly TimeSpan WaitMax = TimeSpan.FromDays(365);

    private AcquireTerms()
    {
    }

    public required string Key { get; init; }

    public required TimeSpan Wait { get; init; }

    public required TimeSpan Lease { get; init; }

    public required string OwnerId { get; init; }

    public required TimeSpan AttemptTimeout { get; init; }

    /// <summary>How the lease is counted.</summary>
    public required RenewalPolicy Policy { get; init; }

    public required bool Renews { get; init; }

    public required bool ConfirmsLease { get; init; }

    public required TimeSpan HoldFor { get; init; }

    public required TimeSpan? MaxHold { get; init; }

    public IProgress<WaitProgress>? Progress { get; init; }

    /// <summary>Checks the arguments of an acquire. Each exception names the parameter, the value and the range.</summary>
    public static AcquireTerms Create(string key, TimeSpan wait, AcquireOptions? options, ClientRuntime runtime)
    {
        LockKey.Validate(key);
        CheckWait(wait);
        Check(options, runtime.Options, runtime.Policy, nameof(options));
        return new AcquireTerms
        {
            Key = key,
            Wait = wait,
            Lease = options?.Lease ?? runtime.Options.Lease,
            OwnerId = options?.OwnerId ?? runtime.Options.OwnerId,
            AttemptTimeout = options?.AttemptTimeout ?? runtime.Options.AttemptTimeout,
            Policy = options?.TimeToStop is { } timeToStop ? runtime.Policy with { TimeToStop = timeToStop } : runtime.Policy,
            Renews = options?.Renew ?? true,
            ConfirmsLease = options is { ConfirmLease: true } or { TimeToStop: not null },
            HoldFor = options?.HoldFor ?? TimeSpan.Zero,
            MaxHold = options?.MaxHold,
            Progress = options?.Progress,
        };
    }

    /// <summary>Checks what one acquire does differently, and the client's lease, which is checked against its clock here alone.</summary>
    public static void Check(AcquireOptions? options, LockClientOptions client, RenewalPolicy policy, string paramName)
    {
        if (options?.OwnerId is { } ownerId && OwnerLabel.FindProblem(ownerId) is { } problem)
            throw new ArgumentException($"{nameof(AcquireOptions.OwnerId)} is '{ownerId}'; it must {problem}.", paramName);

        var lease = options?.Lease ?? client.Lease;
        CheckLease(lease, policy, paramName);
        if (options?.TimeToStop is { } timeToStop && (timeToStop <= TimeSpan.Zero || timeToStop > policy.GetTimeToStopMax(lease)))
        {
            throw new ArgumentOutOfRangeException(
                paramName,
                timeToStop,
                $"{nameof(AcquireOptions.TimeToStop)} must be more than 0 and at most {policy.GetTimeToStopMax(lease)}, three quarters of what a "
                + $"lease of {lease} guarantees.");
        }

        var (min, max) = (LockClientOptionsValidator.AttemptTimeoutMin, LockClientOptionsValidator.AttemptTimeoutMax);
        if (options?.AttemptTimeout is { } timeout && (timeout < min || timeout > max))
            throw new ArgumentOutOfRangeException(paramName, timeout, $"{nameof(AcquireOptions.AttemptTimeout)} must be {min} to {max}.");
        if (options is not null
            && HoldLimits.FindProblem(options.HoldFor ?? TimeSpan.Zero, options.MaxHold, options.Lease ?? client.Lease, options.Renew) is { } wrong)
        {
            throw new ArgumentOutOfRangeException(paramName, wrong);
        }
    }

    /// <summary>How long it may have no usable answer: as long as any call, and no longer than until its own answer is due.</summary>
    public TimeSpan GetPatience(LockClientOptions client) =>
        Wait != Timeout.InfiniteTimeSpan && Wait + AttemptTimeout < client.UnavailableTimeout ? Wait + AttemptTimeout : client.UnavailableTimeout;

    private static void CheckWait(TimeSpan wait)
    {
        if (wait != Timeout.InfiniteTimeSpan && (wait < TimeSpan.Zero || wait > WaitMax))
        {
            throw new ArgumentOutOfRangeException(
                nameof(wait), wait, $"A wait must be 0 to {WaitMax.Days} days, or Timeout.InfiniteTimeSpan for ever.");
        }
    }

    private static void CheckLease(TimeSpan lease, RenewalPolicy policy, string paramName)
    {
        var max = LockClientOptionsValidator.LeaseMax;
        if (lease <= TimeSpan.Zero || lease > max)
            throw NotInRange($"{nameof(AcquireOptions.Lease)} must be more than 0 and at most {max.TotalHours} h.");

        // Such a lease would be over, for this client, at the moment it began.
        if (policy.GetGuaranteed(lease) <= TimeSpan.Zero)
        {
            throw NotInRange(string.Create(
                CultureInfo.InvariantCulture,
                $"{nameof(AcquireOptions.Lease)} must be longer than what the client takes off for its clock "
                + $"(drift rate {policy.DriftRate}) and its safety margin ({policy.SafetyMargin ?? RenewalPolicy.SafetyMarginDefaultMin})."));
        }

        ArgumentOutOfRangeException NotInRange(string rule) => new(paramName, lease, rule);
    }
}
