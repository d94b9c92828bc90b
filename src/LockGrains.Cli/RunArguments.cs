using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using LockGrains.Cli.Commands;
using LockGrains.Cli.Guarding;
using LockGrains.Core;

namespace LockGrains.Cli;

/// <summary>The command <c>run</c>, as it is typed.</summary>
/// <param name="shared">What commands have in common.</param>
/// <param name="command">What is to run under the lock: all that followed the separator.</param>
internal sealed class RunArguments(SharedArguments shared, IReadOnlyList<string> command)
{
    public const string Name = "run";

    // They are one variable of the command's environment, for which Linux has 128 KiB; those of outer locks are there, too.
    private const int KeyBytesMax = 64 * 1024;

    // The numbers of permits are one variable, too. The largest is "4095,".
    private const int PermitNumbersMax = KeyBytesMax / 5;

    private static readonly (TimeSpan Min, TimeSpan Max) Leases = AllowedAttribute.TimesOf<LockClientOptions>(nameof(LockClientOptions.Lease));
    private static readonly TimeSpan LeaseDefault = new LockClientOptions().Lease;

    public Command Make()
    {
        var owner = new Option<string?>("--owner");
        var run = new Command(Name)
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
        shared.AddWithKey(run);
        run.Validators.Add(result =>
        {
            if (command.Count == 0)
            {
                result.AddError("There is no command to run: write it after --, as in: lockgrains run KEY -- COMMAND ARGS.");
            }
        });
        run.Validators.Add(result => AddProblems(result, FindTimeProblems));
        run.Validators.Add(result => AddProblems(result, FindSharingProblems));
        run.Validators.Add(result => AddProblems(result, FindValueProblems));
        run.SetAction(result => new RunCommand(Read(result), shared.Read(result)).RunAsync());
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

    /// <summary>Reads the options of <c>run</c>.</summary>
    public RunSettings Read(ParseResult result)
    {
        var lease = result.GetValue<TimeSpan?>("--lease") ?? LeaseDefault;
        var grace = result.GetValue<TimeSpan?>("--grace") ?? RunSettings.GetDefaultGrace(lease);
        var timeToStopMax = new RenewalPolicy().GetTimeToStopMax(lease);
        var limit = result.GetValue<int?>("--limit");
        return new RunSettings
        {
            Keys = result.GetRequiredValue<string[]>("KEY"),
            Command = command,
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
                result.AddError($"'{option}' is no option of {Name}; of several keys none may begin with '-'.");
            foreach (var twice in values.GroupBy(value => value, StringComparer.Ordinal).Where(same => same.Count() > 1))
                result.AddError($"The key '{twice.Key}' is there twice.");
            if (values.Length > LockGroup.KeysMax || values.Sum(value => Encoding.UTF8.GetByteCount(value) + 1) > KeyBytesMax)
                result.AddError($"These are too many keys: at most {LockGroup.KeysMax}, of {KeyBytesMax} bytes together.");
        });
        return keys;
    }
}
