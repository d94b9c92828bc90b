using System.CommandLine;
using System.CommandLine.Parsing;
using LockGrains.Cli.Commands;
using LockGrains.Cli.Connecting;

namespace LockGrains.Cli;

/// <summary>What commands have in common: a key, how the silos are reached, and where words go.</summary>
internal sealed class SharedArguments(ConnectionArguments connection, TextWriter output, TextWriter error)
{
    private readonly Option<bool> _verbose = new("--verbose");

    /// <summary>What names the option that shows exceptions whole.</summary>
    public string VerboseName => _verbose.Name;

    /// <summary>The key of one lock.</summary>
    public static Argument<string> MakeKey()
    {
        // Optional for the parser only, whose own complaint does not say what is missing.
        var key = new Argument<string>("KEY") { Arity = ArgumentArity.ZeroOrOne };
        key.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var value }] && LockKey.FindProblem(value) is { } problem)
            {
                result.AddError(problem);
            }
        });
        return key;
    }

    /// <summary>Adds what a command takes whose first argument is a key.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isKeyNeeded">Whether it needs one; always, if not given.</param>
    public void AddWithKey(Command command, Func<CommandResult, bool>? isKeyNeeded = null)
    {
        AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(command.Arguments[0]) is not { Tokens.Count: > 0 } && isKeyNeeded?.Invoke(result) != false)
            {
                result.AddError($"There is no KEY, the name of the lock, after {command.Name}.");
            }
        });
    }

    /// <summary>Adds what every command takes.</summary>
    public void AddTo(Command command)
    {
        connection.AddTo(command);
        command.Options.Add(_verbose);
    }

    /// <summary>Reads what every command takes.</summary>
    public CommandContext Read(ParseResult result) => new()
    {
        Connection = connection.Read(result),
        Verbose = result.GetValue(_verbose),
        Out = output,
        Error = error,
    };
}
