using LockGrains.Core;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>Checks every option at start-up and reports all that are wrong. The access key is in no message.</summary>
internal sealed class HttpLockClientOptionsValidator : IValidateOptions<HttpLockClientOptions>
{
    /// <exception cref="OptionsValidationException">An option is out of its range; names each one that is.</exception>
    public static void ThrowIfInvalid(HttpLockClientOptions options)
    {
        var result = new HttpLockClientOptionsValidator().Validate(Options.DefaultName, options);
        if (result.Failed) throw new OptionsValidationException(Options.DefaultName, typeof(HttpLockClientOptions), result.Failures);
    }

    public ValidateOptionsResult Validate(string? name, HttpLockClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = FindProblems(options).Select(problem => $"{nameof(HttpLockClientOptions)}.{problem}").ToList();
        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> FindProblems(HttpLockClientOptions options)
    {
        foreach (var problem in AllowedAttribute.FindProblems(options)) yield return problem;

        foreach (var problem in FindServerProblems(options.Servers)) yield return problem;

        if (options.AccessKey is { } key && !HttpLockClientOptions.IsAccessKey(key))
            yield return $"{nameof(options.AccessKey)} {HttpLockClientOptions.AccessKeyForm}. It is not shown here.";

        if (options.TrustedAuthorities is { Count: 0 })
            yield return $"{nameof(options.TrustedAuthorities)} has no certificate; it must have at least one, or be null for those that this machine trusts.";

        if (options is { TrustedAuthorities: not null, Handler: not null })
            yield return $"{nameof(options.TrustedAuthorities)} must be null where there is a {nameof(options.Handler)}: that one decides whom it trusts.";
    }

    private static IEnumerable<string> FindServerProblems(IReadOnlyList<string>? servers)
    {
        var count = servers?.Count ?? 0;
        if (count is 0 or > HttpLockClientOptions.ServersMax)
        {
            yield return $"{nameof(HttpLockClientOptions.Servers)} has {count} servers; it must have 1 to {HttpLockClientOptions.ServersMax}.";
            yield break;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < count; index++)
        {
            var where = $"{nameof(HttpLockClientOptions.Servers)}[{index}]";
            if (Server.FindAddress(servers![index]) is not { } address)
            {
                // It is not repeated: a password may be in it.
                yield return $"{where} is not the address of a server; it must be like https://host:8080, without a user, a query or a fragment.";
            }
            else if (!seen.Add(address))
            {
                yield return $"{where} is {address}, which is there twice.";
            }
        }
    }
}
