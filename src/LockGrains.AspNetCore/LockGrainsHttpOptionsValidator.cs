using LockGrains.Core;
using Microsoft.Extensions.Options;

namespace LockGrains.AspNetCore;

/// <summary>Checks every option at start-up and reports all that are wrong, each with its name, its value and its range.</summary>
internal sealed class LockGrainsHttpOptionsValidator : IValidateOptions<LockGrainsHttpOptions>
{
    public ValidateOptionsResult Validate(string? name, LockGrainsHttpOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = AllowedAttribute.FindProblems(options).Select(static problem => $"{nameof(LockGrainsHttpOptions)}.{problem}").ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
