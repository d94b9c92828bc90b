using System.CommandLine;
using System.CommandLine.Parsing;
using LockGrains.Core;

namespace LockGrains.Cli.Connecting;

/// <summary>The options and variables by which every command finds the servers. A secret is no option: a command line is for all to see.</summary>
internal sealed class ConnectionArguments
{
    public const string ServerVariable = "LOCKGRAINS_SERVER";
    public const string TokenVariable = "LOCKGRAINS_TOKEN";

    private readonly Option<string?> _server = new("--server");
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

    /// <summary>Where an operator's key was looked for and not found; null where none was looked for, or nothing was read yet.</summary>
    public string? MissingOperatorKey { get; private set; }

    public void AddTo(Command command)
    {
        command.Options.Add(_server);
        command.Options.Add(_retryFor);
        command.Validators.Add(Validate);
    }

    public ConnectionSettings Read(ParseResult result)
    {
        var servers = Parse(result.GetValue(_server) ?? FromEnvironment(ServerVariable) ?? ConnectionSettings.DefaultServer);

        // Set and empty says that no key is to be sent.
        var token = _environment(TokenVariable);
        var takesOperatorKey = token is null && servers.All(ServerAddress.IsLoopback);
        var operatorKey = takesOperatorKey ? OperatorKeyFile.Find(_environment) : null;
        if (takesOperatorKey && operatorKey is null)
            MissingOperatorKey = OperatorKeyFile.FindPath(_environment) is { } path ? $"'{path}'" : "the default place";
        return new ConnectionSettings
        {
            Servers = servers,
            AccessKey = token is { Length: > 0 } ? Check(token) : null,
            OperatorKey = operatorKey,
            RetryFor = result.GetValue(_retryFor),
        };
    }

    private static IReadOnlyList<string> Parse(string text) =>
        ServerAddress.TryParseList(text, out var servers, out var problem) ? servers : throw new CliException(ExitCode.Usage, problem);

    private static string Check(string token) => HttpLockClientOptions.IsAccessKey(token)
        ? token
        : throw new CliException(ExitCode.Usage, $"{TokenVariable} is no access key: it {HttpLockClientOptions.AccessKeyForm}. It is not shown here.");

    private void Validate(CommandResult result)
    {
        if (result.GetResult(_server) is { Tokens: [{ Value: var value }] } && string.IsNullOrWhiteSpace(value))
            result.AddError($"{_server.Name} must not be empty.");
    }

    private string? FromEnvironment(string name) => _environment(name) is { Length: > 0 } value ? value : null;
}
