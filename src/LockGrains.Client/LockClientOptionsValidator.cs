using System.Globalization;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>
/// Checks every option at start-up and reports all that are wrong, each with its name, its value and its range.
/// </summary>
internal sealed class LockClientOptionsValidator : IValidateOptions<LockClientOptions>
{
    public static readonly TimeSpan LeaseMax = TimeSpan.FromHours(24);
    public static readonly TimeSpan AttemptTimeoutMin = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan AttemptTimeoutMax = TimeSpan.FromMinutes(1);

    /// <exception cref="OptionsValidationException">An option is out of its range; names each one that is.</exception>
    public static void ThrowIfInvalid(LockClientOptions options)
    {
        var result = new LockClientOptionsValidator().Validate(Options.DefaultName, options);
        if (result.Failed) throw new OptionsValidationException(Options.DefaultName, typeof(LockClientOptions), result.Failures);
    }

    public ValidateOptionsResult Validate(string? name, LockClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = FindProblems(options).ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> FindProblems(LockClientOptions options)
    {
        if (options.Lease <= TimeSpan.Zero || options.Lease > LeaseMax)
            yield return Say(nameof(options.Lease), options.Lease, $"more than 0 and at most {LeaseMax}");

        if (options.OwnerId is null || OwnerLabel.FindProblem(options.OwnerId) is not null)
            yield return Say(nameof(options.OwnerId), options.OwnerId, $"a well-formed text of at most {OwnerLabel.MaxBytes} bytes in UTF-8");

        if (options.DriftRate is not (>= 0 and <= 0.2))
            yield return Say(nameof(options.DriftRate), options.DriftRate, "0 to 0.2");

        if (options.SafetyMargin is { } margin && (margin < TimeSpan.Zero || margin > Seconds(2) || margin >= options.Lease / 2))
        {
            var range = $"0 to {Seconds(2)} and less than half of Lease ({options.Lease})";
            yield return Say(nameof(options.SafetyMargin), margin, range);
        }

        foreach (var problem in new[]
        {
            FindOutside(nameof(options.AttemptTimeout), options.AttemptTimeout, AttemptTimeoutMin, AttemptTimeoutMax),
            FindOutside(nameof(options.UnavailableTimeout), options.UnavailableTimeout, Milliseconds(100), TimeSpan.FromHours(1)),
            FindOutside(nameof(options.RetryDelay), options.RetryDelay, Milliseconds(1), Seconds(10)),
            FindOutside(nameof(options.RetryDelayMax), options.RetryDelayMax, options.RetryDelay, Seconds(60)),
            FindOutside(nameof(options.Slice), options.Slice, Milliseconds(100), Seconds(60)),
            FindOutside(nameof(options.NearSlice), options.NearSlice, Milliseconds(100), Seconds(20)),
            FindOutside(nameof(options.FirstSlice), options.FirstSlice, Milliseconds(10), options.Slice),
            FindOutside(nameof(options.RenewalWindow), options.RenewalWindow, TimeSpan.Zero, Seconds(2)),
            FindOutside(nameof(options.StopTimeout), options.StopTimeout ?? TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromMinutes(10)),
        })
        {
            if (problem is not null) yield return problem;
        }
    }

    private static string? FindOutside(string name, TimeSpan value, TimeSpan min, TimeSpan max) =>
        value < min || value > max ? Say(name, value, $"{min} to {max}") : null;

    private static string Say(string name, object? value, string range) => string.Create(
        CultureInfo.InvariantCulture, $"{nameof(LockClientOptions)}.{name} is {value ?? "null"}; it must be {range}.");

    private static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}
