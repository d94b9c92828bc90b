using LockGrains.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>Checks the settings of each elected service at the start of the host. They are named by the service.</summary>
internal sealed class ElectedServiceOptionsValidator(IOptions<LockClientOptions> client) : IValidateOptions<ElectedServiceOptions>
{
    public ValidateOptionsResult Validate(string? name, ElectedServiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = FindProblems(options).Select(problem => $"{nameof(ElectedServiceOptions)} of {name}: {problem}").ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private IEnumerable<string> FindProblems(ElectedServiceOptions options)
    {
        foreach (var problem in AllowedAttribute.FindProblems(options))
            yield return problem;

        if (options.ExceptionBehavior is { } behavior && !Enum.IsDefined(behavior))
        {
            yield return $"{nameof(options.ExceptionBehavior)} is {behavior}; it must be {nameof(BackgroundServiceExceptionBehavior.StopHost)}, "
                + $"{nameof(BackgroundServiceExceptionBehavior.Ignore)} or null.";
        }

        if (FindAcquireProblem(options.Acquire) is { } acquireProblem)
            yield return $"{nameof(options.Acquire)}: {acquireProblem}";
    }

    private string? FindAcquireProblem(AcquireOptions? options)
    {
        if (options is null)
            return "it is null.";
        if (LeaderElection.FindProblem(options) is { } problem)
            return problem;

        try
        {
            options.Validate(client.Value);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }
}
