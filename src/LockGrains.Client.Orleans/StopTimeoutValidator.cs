using LockGrains.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LockGrains;

/// <summary>Checks <see cref="LockClientOptions.StopTimeout"/> against the time that the host has for its stop.</summary>
internal sealed class StopTimeoutValidator(IOptions<HostOptions> host) : IValidateOptions<LockClientOptions>
{
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(5);

    /// <summary>How long those who hold a lock have when this host stops.</summary>
    public static TimeSpan GetLimit(LockClientOptions options, HostOptions host)
    {
        var third = GetThird(host);
        return options.StopTimeout ?? (Default < third ? Default : third);
    }

    public ValidateOptionsResult Validate(string? name, LockClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var third = GetThird(host.Value);
        return options.StopTimeout is { } timeout && timeout > third
            ? ValidateOptionsResult.Fail(
                $"{nameof(LockClientOptions)}.{nameof(options.StopTimeout)} is {DurationText.Format(timeout)}; it must be at most {DurationText.Format(third)}, "
                + $"a third of {nameof(HostOptions)}.{nameof(HostOptions.ShutdownTimeout)} ({DurationText.Format(host.Value.ShutdownTimeout)}).")
            : ValidateOptionsResult.Success;
    }

    private static TimeSpan GetThird(HostOptions host) =>
        host.ShutdownTimeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : host.ShutdownTimeout / 3;
}
