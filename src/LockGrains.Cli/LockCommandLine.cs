using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using LockGrains.Cli.Commands;
using LockGrains.Cli.Connecting;

namespace LockGrains.Cli;

/// <summary>The command line: what can be typed, and what is done about it.</summary>
internal sealed class LockCommandLine
{
    private const string Separator = "--";

    private readonly TextWriter _out;
    private readonly TextWriter _error;
    private readonly ConnectionArguments _connection;
    private readonly SharedArguments _shared;
    private readonly RunArguments _run;

    private LockCommandLine(IReadOnlyList<string> command, TextWriter output, TextWriter error, Func<string, string?> environment)
    {
        (_out, _error, _connection) = (output, error, new ConnectionArguments(environment));
        _shared = new SharedArguments(_connection, output, error);
        _run = new RunArguments(_shared, command);
        var seeing = new SeeingCommands(_shared);
        var operators = new OperatorCommands(_shared);
        Root = new RootCommand
        {
            _run.Make(),
            seeing.MakeStatus(), seeing.MakeList(), seeing.MakeWatch(), seeing.MakeValue(),
            operators.MakeLimit(), operators.MakeRevoke(), operators.MakeTidy(),
            KeyCommand.Create(output, error),
        };
        var help = Root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpTextAction();
        Root.SetAction(_ =>
        {
            _error.WriteLine(HelpText.Root);
            return ExitCode.Usage;
        });
    }

    /// <summary>The commands and options.</summary>
    internal RootCommand Root { get; }

    /// <summary>Does what a command line says.</summary>
    /// <param name="args">The arguments, as the system gave them.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error: one line for whatever goes wrong.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        // What follows the first "--" of run is the command's, to the letter; the parser never sees it.
        var separator = args is [RunArguments.Name, ..] ? Array.IndexOf(args, Separator) : -1;
        var own = separator < 0 ? args : args[..separator];
        var command = separator < 0 ? [] : args[(separator + 1)..];
        var line = new LockCommandLine(command, output, error, Environment.GetEnvironmentVariable);
        var verbose = Array.IndexOf(own, line._shared.VerboseName) >= 0;
        try
        {
            return await line.InvokeAsync(own);
        }
        catch (Exception exception)
        {
            var (exitCode, message) = Failure.Describe(exception, line._connection.MissingOperatorKey);
            error.WriteLine(verbose ? $"lockgrains: {message}{Environment.NewLine}{exception}" : $"lockgrains: {message}");
            return exitCode;
        }
    }

    /// <summary>The command line for tests of its parts.</summary>
    internal static LockCommandLine Create(IReadOnlyList<string> command, Func<string, string?> environment) =>
        new(command, TextWriter.Null, TextWriter.Null, environment);

    internal ParseResult Parse(IReadOnlyList<string> own) =>
        Root.Parse(own, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });

    internal RunSettings ReadRun(ParseResult result) => _run.Read(result);

    internal CommandContext ReadContext(ParseResult result) => _shared.Read(result);

    private async Task<int> InvokeAsync(string[] own)
    {
        var result = Parse(own);
        if (result.Errors is [{ Message: var problem }, ..] && result.Action is not HelpTextAction)
        {
            throw new CliException(ExitCode.Usage, $"{problem} See lockgrains {PathOf(result.CommandResult)}--help.");
        }

        // The parser would catch exceptions and signals its own way; both are ours.
        return await result.InvokeAsync(new InvocationConfiguration
        {
            Output = _out,
            Error = _error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
    }

    private static string PathOf(CommandResult result) =>
        result.Command is RootCommand ? "" : $"{(result.Parent is CommandResult parent ? PathOf(parent) : "")}{result.Command.Name} ";
}
