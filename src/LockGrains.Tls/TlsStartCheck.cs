using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>Stops a host at its start whose certificates cannot be used.</summary>
internal sealed class TlsStartCheck(IServiceProvider services) : IConfigurationValidator
{
    /// <inheritdoc/>
    /// <exception cref="OrleansConfigurationException">It says each setting, its value and what it may be, or what is wrong with the files.</exception>
    public void ValidateConfiguration()
    {
        var problems = string.Join(Environment.NewLine, services.GetRequiredService<IOptions<LockGrainsTlsOptions>>().Value.FindProblems());
        if (problems.Length > 0)
            throw new OrleansConfigurationException(problems);
        services.GetRequiredService<TlsLink>();
    }
}
