using LockGrains.Core;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>
/// Checks every option at start-up and reports all that are wrong, each with its name, its value and its range.
/// </summary>
internal sealed class LockClientOptionsValidator : IValidateOptions<LockClientOptions>
{
    /// <exception cref="OptionsValidationException">An option is out of its range; names each one that is.</exception>
    public static void ThrowIfInvalid(LockClientOptions options)
    {
        var result = new LockClientOptionsValidator().Validate(Options.DefaultName, options);
        if (result.Failed)
            throw new OptionsValidationException(Options.DefaultName, typeof(LockClientOptions), result.Failures);
    }

    public ValidateOptionsResult Validate(string? name, LockClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = FindProblems(options).Select(problem => $"{nameof(LockClientOptions)}.{problem}").ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> FindProblems(LockClientOptions options)
    {
        foreach (var problem in AllowedAttribute.FindProblems(options))
            yield return problem;

        if (OwnerLabel.FindProblem(options.OwnerId) is { } ownerProblem)
            yield return ownerProblem;

        if (options.SafetyMargin is { } margin && margin >= options.Lease / 2)
        {
            yield return $"{nameof(options.SafetyMargin)} is {DurationText.Format(margin)}; it must be less than half of "
                + $"{nameof(options.Lease)} ({DurationText.Format(options.Lease)}).";
        }
    }
}
