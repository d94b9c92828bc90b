using LockGrains.Core;

namespace LockGrains;

/// <summary>What one acquire asks for, checked. To be in hand of one is to have valid arguments.</summary>
internal sealed record AcquireTerms
{
    public static readonly TimeSpan WaitMax = HoldLimits.LongestMax;

    private static readonly (TimeSpan Min, TimeSpan Max) Leases = AllowedAttribute.TimesOf<LockClientOptions>(nameof(LockClientOptions.Lease));
    private static readonly (TimeSpan Min, TimeSpan Max) AttemptTimeouts =
        AllowedAttribute.TimesOf<LockClientOptions>(nameof(LockClientOptions.AttemptTimeout));

    private AcquireTerms()
    {
    }

    public required string Key { get; init; }

    public required TimeSpan Lease { get; init; }

    public required string OwnerId { get; init; }

    /// <summary>What the protocol goes by.</summary>
    public required AcquireSettings Settings { get; init; }

    public required LockMode Mode { get; init; }

    public required int Permits { get; init; }

    public required int? Limit { get; init; }

    public LockValue? Value { get; init; }

    public TimeSpan LockDelay { get; init; }

    /// <summary>The session that the hold is to be under; null for none.</summary>
    public LockSession? Session { get; init; }

    /// <summary>What is held under the session that this hold is; null where it is none.</summary>
    public SessionHolds? Holds { get; init; }

    /// <summary>How long the silo keeps a hold that is not renewed.</summary>
    public TimeSpan KeptFor => Lease + LockDelay;

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
            Lease = options?.Lease ?? runtime.Options.Lease,
            OwnerId = options?.OwnerId ?? runtime.Options.OwnerId,
            Settings = new AcquireSettings
            {
                Wait = wait,
                Renews = options?.Renew ?? true,
                ConfirmsLease = options is { ConfirmLease: true } or { TimeToStop: not null },
                ShowsPlace = options?.Progress is not null,
                AttemptTimeout = options?.AttemptTimeout ?? runtime.Options.AttemptTimeout,
                UnavailableTimeout = runtime.Options.UnavailableTimeout,
                BeatPeriod = runtime.Options.BeatPeriod,
                Policy = options?.TimeToStop is { } timeToStop ? runtime.Policy with { TimeToStop = timeToStop } : runtime.Policy,
            },
            Mode = options?.Mode ?? LockMode.Exclusive,
            Permits = options?.Permits ?? 1,
            Limit = options?.Limit,
            Value = options?.Value,
            LockDelay = options?.LockDelay ?? TimeSpan.Zero,
            HoldFor = options?.HoldFor ?? TimeSpan.Zero,
            MaxHold = options?.MaxHold,
            Progress = options?.Progress,
        };
    }

    /// <summary>Checks what one acquire does differently, and the client's lease, which is checked against its clock here alone.</summary>
    public static void Check(AcquireOptions? options, LockClientOptions client, RenewalPolicy policy, string paramName)
    {
        if (options?.OwnerId is { } ownerId && OwnerLabel.FindProblem(ownerId) is { } problem)
            throw new ArgumentException(problem, paramName);

        var lease = options?.Lease ?? client.Lease;
        CheckLease(lease, policy, paramName);
        if (options is not null && LockPolicy.FindExtentProblem(options.Mode, options.Permits, LockRequest.LimitOf(options.Limit)) is { } extent)
            throw new ArgumentException(extent, paramName);

        if (options?.Value is { } value)
        {
            CheckValue(value, paramName);
            if (options.Mode != LockMode.Exclusive)
                throw new ArgumentException($"Mode is {options.Mode}; only an exclusive hold sets the value.", paramName);
        }

        if (options is not null && LockPolicy.FindDelayProblem(options.LockDelay) is { } delay)
            throw new ArgumentOutOfRangeException(paramName, options.LockDelay, delay);

        if (options?.TimeToStop is { } timeToStop && (timeToStop <= TimeSpan.Zero || timeToStop > policy.GetTimeToStopMax(lease)))
        {
            throw new ArgumentOutOfRangeException(
                paramName,
                timeToStop,
                $"{nameof(AcquireOptions.TimeToStop)} must be more than 0 and at most {DurationText.Format(policy.GetTimeToStopMax(lease))}, "
                + $"three quarters of what a lease of {DurationText.Format(lease)} guarantees.");
        }

        if (options?.AttemptTimeout is { } timeout)
            CheckRange(timeout, AttemptTimeouts, nameof(AcquireOptions.AttemptTimeout), paramName);

        if (options is not null
            && HoldLimits.FindProblem(options.HoldFor ?? TimeSpan.Zero, options.MaxHold, options.Lease ?? client.Lease, options.Renew) is { } wrong)
        {
            throw new ArgumentOutOfRangeException(paramName, wrong);
        }
    }

    /// <summary>Checks the options of a session, and makes the terms of the hold that it is.</summary>
    public static AcquireTerms OfSession(string id, LockSessionOptions? options, ClientRuntime runtime)
    {
        var settings = options ?? new LockSessionOptions();
        if (settings.HoldLease < settings.Lease)
        {
            throw new ArgumentOutOfRangeException(nameof(options), settings.HoldLease, FormattableString.Invariant(
                $"{nameof(LockSessionOptions.HoldLease)} must be at least {nameof(LockSessionOptions.Lease)} ({DurationText.Format(settings.Lease)})."));
        }

        Check(new AcquireOptions { Lease = settings.HoldLease }, runtime.Options, runtime.Policy, nameof(options));
        var hold = new AcquireOptions
        {
            Lease = settings.Lease,
            OwnerId = settings.OwnerId,
            LockDelay = settings.LockDelay,
            Value = settings.Metadata.IsEmpty ? null : new LockValue { Bytes = [.. settings.Metadata.Span] },
        };
        return Create(id, runtime.Options.UnavailableTimeout, hold, runtime) with { Holds = new SessionHolds(runtime.Watch) };
    }

    /// <summary>Checks the wait of an upgrade; the hold and its renewals go on as they are.</summary>
    public static AcquireTerms OfUpgrade(string key, TimeSpan wait, TimeSpan lease, ClientRuntime runtime)
    {
        if (wait < TimeSpan.Zero || wait > WaitMax)
        {
            throw new ArgumentOutOfRangeException(
                nameof(wait), wait, $"The wait of an upgrade must be 0 to {WaitMax.Days} days, and never infinite: nobody else is granted the lock meanwhile.");
        }

        return new AcquireTerms
        {
            Key = key,
            Lease = lease,
            OwnerId = "",
            Settings = new AcquireSettings
            {
                Wait = wait,
                Renews = false,
                AttemptTimeout = runtime.Options.AttemptTimeout,
                UnavailableTimeout = runtime.Options.UnavailableTimeout,
                BeatPeriod = runtime.Options.BeatPeriod,
                Policy = runtime.Policy,
            },
            Mode = LockMode.Exclusive,
            Permits = 1,
            Limit = null,
            HoldFor = TimeSpan.Zero,
            MaxHold = null,
        };
    }

    /// <summary>How long it may have no usable answer: as long as any call, and no longer than until its own answer is due.</summary>
    public TimeSpan GetPatience() =>
        Settings.Wait != Timeout.InfiniteTimeSpan && Settings.Wait + Settings.AttemptTimeout < Settings.UnavailableTimeout
            ? Settings.Wait + Settings.AttemptTimeout
            : Settings.UnavailableTimeout;

    /// <summary>Checks a value, as far as that does not depend on the silo's settings.</summary>
    public static void CheckValue(LockValue value, string paramName)
    {
        ArgumentNullException.ThrowIfNull(value, paramName);
        if (new LockPolicy { ValueMaxBytes = LockPolicy.ValueMaxBytesMost }.ProblemOf(new NewValue(value.Bytes.IsDefault ? [] : value.Bytes, value.KeepFor)) is { } problem)
            throw new ArgumentException(problem, paramName);
    }

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
        CheckRange(lease, Leases, nameof(AcquireOptions.Lease), paramName);

        // Such a lease would be over, for this client, at the moment it began.
        if (policy.GetGuaranteed(lease) <= TimeSpan.Zero)
        {
            var margin = DurationText.Format(policy.SafetyMargin ?? RenewalPolicy.SafetyMarginDefaultMin);
            throw new ArgumentOutOfRangeException(paramName, lease, FormattableString.Invariant(
                $"{nameof(AcquireOptions.Lease)} must be longer than what the client takes off for its clock (drift rate {policy.DriftRate}) and its safety margin ({margin})."));
        }
    }

    private static void CheckRange(TimeSpan value, (TimeSpan Min, TimeSpan Max) allowed, string name, string paramName)
    {
        if (value < allowed.Min || value > allowed.Max)
        {
            throw new ArgumentOutOfRangeException(
                paramName, value, $"{name} must be {DurationText.Format(allowed.Min)} to {DurationText.Format(allowed.Max)}.");
        }
    }
}
