using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text;
using LockGrains.Cli.Commands;
using LockGrains.Cli.Connecting;
using LockGrains.Cli.Guarding;
using LockGrains.Core;

namespace LockGrains.Cli;

/// <summary>The command line: what can be typed, and what is done about it.</summary>
internal sealed partial class LockCommandLine
{
    private const string Separator = "--";
    private const string RunName = "run";

    // They are one variable of the command's environment, for which Linux has 128 KiB; those of outer locks are there, too.
    private const int KeyBytesMax = 64 * 1024;

    // The numbers of permits are one variable, too. The largest is "4095,".
    private const int PermitNumbersMax = KeyBytesMax / 5;

    private static readonly (TimeSpan Min, TimeSpan Max) Leases = AllowedAttribute.TimesOf<LockClientOptions>(nameof(LockClientOptions.Lease));
    private static readonly TimeSpan LeaseDefault = new LockClientOptions().Lease;

    private readonly TextWriter _out;
    private readonly TextWriter _error;
    private readonly IReadOnlyList<string> _command;
    private readonly ConnectionArguments _connection;
    private readonly Option<bool> _verbose = new("--verbose");

    private LockCommandLine(IReadOnlyList<string> command, TextWriter output, TextWriter error, Func<string, string?> environment)
    {
        _command = command;
        _out = output;
        _error = error;
        _connection = new ConnectionArguments(environment);
        Root = new RootCommand
        {
            MakeRun(), MakeStatus(), MakeList(), MakeWatch(), MakeValue(), MakeLimit(), MakeRevoke(), MakeTidy(), KeyCommand.Create(output, error),
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
        var separator = args is [RunName, ..] ? Array.IndexOf(args, Separator) : -1;
        var own = separator < 0 ? args : args[..separator];
        var command = separator < 0 ? [] : args[(separator + 1)..];
        var line = new LockCommandLine(command, output, error, Environment.GetEnvironmentVariable);
        var verbose = Array.IndexOf(own, line._verbose.Name) >= 0;
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

    /// <summary>Reads the options of <c>run</c>.</summary>
    internal RunSettings ReadRun(ParseResult result)
    {
        var lease = result.GetValue<TimeSpan?>("--lease") ?? LeaseDefault;
        var grace = result.GetValue<TimeSpan?>("--grace") ?? RunSettings.GetDefaultGrace(lease);
        var timeToStopMax = new RenewalPolicy().GetTimeToStopMax(lease);
        var limit = result.GetValue<int?>("--limit");
        return new RunSettings
        {
            Keys = result.GetRequiredValue<string[]>("KEY"),
            Command = _command,
            Wait = result.GetValue<TimeSpan>("--wait"),
            Lease = result.GetValue<TimeSpan?>("--lease"),
            Grace = grace,
            TimeToStop = grace + EndPlan.Margin < timeToStopMax ? grace + EndPlan.Margin : timeToStopMax,
            HoldFor = result.GetValue<TimeSpan>("--hold-for"),
            MaxHold = result.GetValue<TimeSpan?>("--max-hold"),
            LockDelay = result.GetValue<TimeSpan>("--lock-delay"),
            Owner = result.GetValue<string?>("--owner"),
            Mode = limit is not null || result.GetValue<bool>("--shared") ? LockMode.Shared : LockMode.Exclusive,
            Permits = limit is null ? null : result.GetValue<int?>("--permits") ?? 1,
            Limit = limit,
            Value = result.GetValue<string?>("--value"),
        };
    }

    /// <summary>Reads the options that all commands share.</summary>
    internal CommandContext ReadContext(ParseResult result) => new()
    {
        Connection = _connection.Read(result),
        Verbose = result.GetValue(_verbose),
        Out = _out,
        Error = _error,
    };

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

    private Command MakeRun()
    {
        var owner = new Option<string?>("--owner");
        var run = new Command(RunName)
        {
            MakeKeys(),
            new Option<bool>("--shared"),
            CountOption.Create("--permits", LockPolicy.PermitsMax),
            CountOption.Create("--limit", LockPolicy.PermitsMax),
            DurationOption.Create("--wait", Timeout.InfiniteTimeSpan, (TimeSpan.Zero, DurationOption.Longest)),
            DurationOption.CreateOptional("--lease", Leases),
            DurationOption.CreateOptional("--grace", (TimeSpan.Zero, Leases.Max)),
            DurationOption.Create("--hold-for", TimeSpan.Zero, (TimeSpan.Zero, DurationOption.Longest)),
            DurationOption.CreateOptional("--max-hold", (RunSettings.MaxHoldMin, DurationOption.Longest)),
            DurationOption.Create("--lock-delay", TimeSpan.Zero, (TimeSpan.Zero, LockPolicy.DelayMax)),
            owner,
            new Option<string?>("--value"),
        };
        AddShared(run);
        run.Validators.Add(result =>
        {
            if (_command.Count == 0)
            {
                result.AddError("There is no command to run: write it after --, as in: lockgrains run KEY -- COMMAND ARGS.");
            }
        });
        run.Validators.Add(result => AddProblems(result, FindTimeProblems));
        run.Validators.Add(result => AddProblems(result, FindSharingProblems));
        run.Validators.Add(result => AddProblems(result, FindValueProblems));
        run.SetAction(result => new RunCommand(ReadRun(result), ReadContext(result)).RunAsync());
        return run;
    }

    /// <summary>Adds what is wrong with options that are right by themselves and wrong together.</summary>
    private static void AddProblems(CommandResult result, Func<CommandResult, IEnumerable<string>> find)
    {
        try
        {
            foreach (var problem in find(result))
                result.AddError(problem);
        }
        catch (InvalidOperationException)
        {
            // One of them is wrong by itself, which the parser says.
        }
    }

    private static IEnumerable<string> FindTimeProblems(CommandResult result)
    {
        var lease = result.GetValue<TimeSpan?>("--lease") ?? LeaseDefault;
        var grace = result.GetValue<TimeSpan?>("--grace");
        var holdFor = result.GetValue<TimeSpan>("--hold-for");
        var maxHold = result.GetValue<TimeSpan?>("--max-hold");
        var graceMax = new RenewalPolicy().GetTimeToStopMax(lease) - EndPlan.Margin;
        if (grace > graceMax && grace > TimeSpan.Zero)
        {
            yield return $"--grace {DurationText.Format(grace.Value)} does not fit in a lease of {DurationText.Format(lease)}: the command has to end "
                + $"before the lease does, and a renewal may fail once before that. At most {DurationText.About(graceMax > TimeSpan.Zero ? graceMax : TimeSpan.Zero)}.";
        }

        var graceUsed = grace ?? RunSettings.GetDefaultGrace(lease);
        if (maxHold < graceUsed + EndPlan.Margin)
        {
            yield return $"--max-hold {DurationText.Format(maxHold.Value)} leaves the command no time before its grace of "
                + $"{DurationText.About(graceUsed)} begins.";
        }

        if (maxHold < holdFor)
            yield return $"--hold-for {DurationText.Format(holdFor)} is longer than --max-hold {DurationText.Format(maxHold.Value)}.";
    }

    private static IEnumerable<string> FindSharingProblems(CommandResult result)
    {
        var (permits, limit) = (result.GetValue<int?>("--permits"), result.GetValue<int?>("--limit"));
        if (result.GetValue<bool>("--shared") && (permits ?? limit) is not null)
        {
            yield return $"--shared and {(permits is null ? "--limit" : "--permits")} exclude each other: --shared takes a part that is not counted, "
                + "and permits are at most --limit.";
        }
        else if (permits is not null && limit is null)
        {
            yield return $"--permits {permits} needs --limit: how many permits there are, the same for all who run under this lock.";
        }
        else if (permits > limit)
        {
            yield return $"--permits {permits} is more than --limit {limit}, so the lock would never come.";
        }
        else if (limit <= LockPolicy.NumbersMax && (long)(permits ?? 1) * (result.GetValue<string[]>("KEY")?.Length ?? 0) > PermitNumbersMax)
        {
            yield return $"These are too many permits: the numbers of at most {PermitNumbersMax} fit in the command's environment, of all keys together.";
        }
    }

    private static IEnumerable<string> FindValueProblems(CommandResult result)
    {
        if (result.GetValue<string?>("--value") is not { } value)
            yield break;
        if (value.Length == 0)
            yield return "--value is empty, and a value is not.";
        var other = result.GetValue<bool>("--shared") ? "--shared"
            : result.GetValue<int?>("--permits") is not null ? "--permits"
            : result.GetValue<int?>("--limit") is not null ? "--limit" : null;
        if (other is not null)
            yield return $"--value and {other} exclude each other: only who has the lock alone sets its value.";
        if (result.GetValue<string[]>("KEY") is { Length: > 1 } keys)
            yield return $"--value is of one lock, and there are {keys.Length} keys: run with one key.";
    }

    private Command MakeValue()
    {
        var key = MakeKey();
        var json = new Option<bool>("--json");
        var value = new Command("value") { key, json };
        AddShared(value);
        value.SetAction((result, cancellationToken) =>
            ValueCommand.RunAsync(result.GetRequiredValue(key), result.GetValue(json), ReadContext(result), cancellationToken));
        return value;
    }

    private static Argument<string> MakeKey()
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

    /// <summary>The keys of <c>run</c>.</summary>
    private static Argument<string[]> MakeKeys()
    {
        var keys = new Argument<string[]>("KEY") { Arity = ArgumentArity.ZeroOrMore };
        keys.Validators.Add(result =>
        {
            string[] values = [.. result.Tokens.Select(token => token.Value)];
            foreach (var problem in values.Select(LockKey.FindProblem).OfType<string>())
                result.AddError(problem);

            // What the parser knows as no option is a key to it. One that was mistyped must not be waited for.
            if (values.Length > 1 && Array.Find(values, value => value.StartsWith('-')) is { } option)
                result.AddError($"'{option}' is no option of {RunName}; of several keys none may begin with '-'.");
            foreach (var twice in values.GroupBy(value => value, StringComparer.Ordinal).Where(same => same.Count() > 1))
                result.AddError($"The key '{twice.Key}' is there twice.");
            if (values.Length > LockGroup.KeysMax || values.Sum(value => Encoding.UTF8.GetByteCount(value) + 1) > KeyBytesMax)
                result.AddError($"These are too many keys: at most {LockGroup.KeysMax}, of {KeyBytesMax} bytes together.");
        });
        return keys;
    }

    private void AddShared(Command command, Func<CommandResult, bool>? isKeyNeeded = null)
    {
        _connection.AddTo(command);
        command.Options.Add(_verbose);
        command.Validators.Add(result =>
        {
            if (result.GetResult(command.Arguments[0]) is not { Tokens.Count: > 0 } && isKeyNeeded?.Invoke(result) != false)
            {
                result.AddError($"There is no KEY, the name of the lock, after {command.Name}.");
            }
        });
    }
}
