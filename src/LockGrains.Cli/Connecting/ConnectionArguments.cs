using System.CommandLine;
using System.CommandLine.Parsing;
using LockGrains.Core;

namespace LockGrains.Cli.Connecting;

/// <summary>The options by which every command finds the silos.</summary>
internal sealed class ConnectionArguments
{
    public const string GatewayVariable = "LOCKGRAINS_GATEWAY";
    public const string RedisVariable = "LOCKGRAINS_REDIS";
    public const string ClusterIdVariable = "LOCKGRAINS_CLUSTER_ID";
    public const string ServiceIdVariable = "LOCKGRAINS_SERVICE_ID";

    private readonly Option<string?> _gateway = new("--gateway");
    private readonly Option<string?> _redis = new("--redis");
    private readonly Option<string?> _clusterId = new("--cluster-id");
    private readonly Option<string?> _serviceId = new("--service-id");
    private readonly Option<TimeSpan> _retryFor;
    private readonly Func<string, string?> _environment;

    /// <summary>Makes the options.</summary>
    /// <param name="environment">Reads an environment variable; an option on the command line comes first.</param>
    public ConnectionArguments(Func<string, string?> environment)
    {
        _environment = environment;
        _retryFor = DurationOption.Create(
            "--retry-for", ConnectionSettings.DefaultRetryFor, AllowedAttribute.TimesOf<LockClientOptions>(nameof(LockClientOptions.UnavailableTimeout)));
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _gateway, _redis, _clusterId, _serviceId, _retryFor })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(Validate);
    }

    public ConnectionSettings Read(ParseResult result)
    {
        // What is said on the command line, of either kind, outweighs the environment.
        var gateway = result.GetValue(_gateway);
        var redis = result.GetValue(_redis) ?? (gateway is null ? FromEnvironment(RedisVariable) : null);
        return new ConnectionSettings
        {
            Redis = redis,
            Gateways = redis is null ? ParseGateways(gateway) : [],
            ClusterId = result.GetValue(_clusterId) ?? FromEnvironment(ClusterIdVariable) ?? ConnectionSettings.DefaultClusterId,
            ServiceId = result.GetValue(_serviceId) ?? FromEnvironment(ServiceIdVariable) ?? ConnectionSettings.DefaultServiceId,
            RetryFor = result.GetValue(_retryFor),
        };
    }

    private IReadOnlyList<GatewayAddress> ParseGateways(string? option)
    {
        var text = option ?? FromEnvironment(GatewayVariable) ?? ConnectionSettings.DefaultGateway;
        return GatewayAddress.TryParseList(text, out var gateways, out var problem)
            ? gateways
            : throw new CliException(ExitCode.Usage, problem);
    }

    private void Validate(CommandResult result)
    {
        if (result.GetResult(_gateway) is not null && result.GetResult(_redis) is not null)
        {
            result.AddError("--gateway and --redis exclude each other: silos are found by the one or by the other.");
        }

        foreach (var option in new[] { _gateway, _redis, _clusterId, _serviceId })
        {
            if (result.GetResult(option) is { Tokens: [{ Value: var value }] } && string.IsNullOrWhiteSpace(value))
            {
                result.AddError($"{option.Name} must not be empty.");
            }
        }
    }

    private string? FromEnvironment(string name) => _environment(name) is { Length: > 0 } value ? value : null;
}
