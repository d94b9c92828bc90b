using System.CommandLine;
using System.CommandLine.Invocation;

namespace LockGrains.Cli;

/// <summary>Prints <see cref="HelpText"/> for the command that was asked about.</summary>
internal sealed class HelpTextAction : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(HelpText.For(parseResult.CommandResult.Command.Name));
        return ExitCode.Success;
    }
}
