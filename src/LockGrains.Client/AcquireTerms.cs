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

    public required bool Renews { get; init; }

    public required bool ConfirmsLease { get; init; }

    public IProgress<WaitProgress>? Progress { get; init; }

    /// <summary>Checks the arguments of an acquire. Each exception names the parameter, the value and the range.</summary>
    public static AcquireTerms Create(string key, TimeSpan wait, AcquireOptions? options, ClientRuntime runtime)
    {
        var ownerId = options?.OwnerId ?? runtime.Options.OwnerId;
        if (OwnerLabel.IsTooLong(ownerId))
        {
            throw new ArgumentException(
                $"{nameof(AcquireOptions.OwnerId)} is '{ownerId}'; it must have at most {OwnerLabel.MaxBytes} bytes in UTF-8.",
                nameof(options));
        }

        return new AcquireTerms
        {
            Key = LockKey.Validate(key),
            Wait = CheckWait(wait),
            Lease = CheckLease(options?.Lease ?? runtime.Options.Lease, runtime.Policy, nameof(options)),
            OwnerId = ownerId,
            Renews = options?.Renew ?? true,
            ConfirmsLease = options?.ConfirmLease ?? false,
            Progress = options?.Progress,
        };
    }

    private static TimeSpan CheckWait(TimeSpan wait)
    {
        if (wait != Timeout.InfiniteTimeSpan && (wait < TimeSpan.Zero || wait > WaitMax))
        {
            throw new ArgumentOutOfRangeException(
                nameof(wait), wait, $"A wait must be 0 to {WaitMax.Days} days, or Timeout.InfiniteTimeSpan for ever.");
        }

        return wait;
    }

    private static TimeSpan CheckLease(TimeSpan lease, RenewalPolicy policy, string paramName)
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

        return lease;

        ArgumentOutOfRangeException NotInRange(string rule) => new(paramName, lease, rule);
    }
}
