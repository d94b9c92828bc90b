using System.Globalization;
using System.Reflection;
using LockGrains.Cli.Commands;
using LockGrains.Cli.Connecting;
using LockGrains.Core;

namespace LockGrains.Cli.Tests;

public sealed class CommandLineTests
{
    public static TheoryData<string[], string> WrongLines => new()
    {
        { [], "Usage" },
        { ["frobnicate"], "frobnicate" },
        { ["run"], "no KEY" },
        { ["run", "k"], "after --" },
        { ["run", "k", "--"], "after --" },
        { ["run", "k", "--wait", "soon", "--", "true"], "--wait: 'soon'" },
        { ["run", "k", "--wait", "--", "true"], "--wait" },
        { ["run", "k", "--wait", "5", "--", "true"], "--wait: '5' has no unit" },
        { ["run", "k", "--wait", "1001h", "--", "true"], "'1001h' is out of range; 0 to 1000h, or infinite" },
        { ["run", "k", "--lease", "infinite", "--", "true"], "--lease: 'infinite'" },
        { ["run", "k", "--lease", "0", "--", "true"], "--lease: '0' is out of range" },
        { ["run", "k", "--lease", "25h", "--", "true"], "24h" },
        { ["run", "k", "--retry-for", "2h", "--", "true"], "--retry-for: '2h' is out of range" },
        { ["run", "k", "--grace", "-1", "--", "true"], "--grace" },
        { ["run", "k", "--lease", "10s", "--grace", "9s", "--", "true"], "--grace 9s does not fit in a lease of 10s" },
        { ["run", "k", "--grace", "25s", "--", "true"], "--grace 25s does not fit in a lease of 30s" },
        { ["run", "k", "--hold-for", "infinite", "--", "true"], "--hold-for" },
        { ["run", "k", "--max-hold", "0", "--", "true"], "--max-hold: '0' is out of range" },
        { ["run", "k", "--max-hold", "5s", "--", "true"], "--max-hold 5s leaves the command no time before its grace of 5s begins" },
        { ["run", "k", "--max-hold", "10s", "--hold-for", "11s", "--", "true"], "--hold-for 11s is longer than --max-hold 10s" },
        { ["run", "k", "--lock-delay", "61s", "--", "true"], "--lock-delay: '61s' is out of range" },
        { ["run", "k", "--lock-delay", "infinite", "--", "true"], "--lock-delay: 'infinite'" },
        { ["run", "k", "--shared", "--permits", "2", "--limit", "3", "--", "true"], "--shared and --permits exclude each other" },
        { ["run", "k", "--shared", "--limit", "3", "--", "true"], "--shared and --limit exclude each other" },
        { ["run", "k", "--permits", "2", "--", "true"], "--permits 2 needs --limit" },
        { ["run", "k", "--permits", "4", "--limit", "3", "--", "true"], "--permits 4 is more than --limit 3" },
        { ["run", "k", "--permits", "0", "--limit", "3", "--", "true"], "--permits: '0' is not a whole number from 1 to 1000000" },
        { ["run", "k", "--permits", "-1", "--limit", "3", "--", "true"], "--permits" },
        { ["run", "k", "--permits", "two", "--limit", "3", "--", "true"], "--permits: 'two'" },
        { ["run", "k", "--permits", "2", "--limit", "1000001", "--", "true"], "--limit: '1000001'" },
        { ["run", "k", "--limit", "0", "--", "true"], "--limit: '0'" },
        { ["run", "k", "--limit", "--", "true"], "--limit" },
        { ["run", "k", "l", "m", "n", "--permits", "4000", "--limit", "4096", "--", "true"], "at most 13107 fit" },
        { ["run", "k", "--value", "--", "true"], "--value" },
        { ["run", "k", "--value", "", "--", "true"], "--value is empty" },
        { ["run", "k", "--value", "x", "--shared", "--", "true"], "--value and --shared exclude each other" },
        { ["run", "k", "--value", "x", "--permits", "1", "--limit", "3", "--", "true"], "--value and --permits exclude each other" },
        { ["run", "k", "--value", "x", "--limit", "3", "--", "true"], "--value and --limit exclude each other" },
        { ["run", "k", "l", "--value", "x", "--", "true"], "--value is of one lock, and there are 2 keys" },
        { ["run", "k", "--nope", "--", "true"], "--nope" },
        { ["run", "k", "extra", "k", "--", "true"], "'k' is there twice" },
        { ["run", "k", "", "--", "true"], "empty" },
        { ["run", "--nope", "k", "--", "true"], "--nope" },
        { ["run", "k", "command", "args"], "after --" },
        { ["run", "", "--", "true"], "empty" },
        { ["run", new string('k', 513), "--", "true"], "512" },
        { ["run", "k", "--server", "here", "--", "true"], "'here' is not the address of a server" },
        { ["run", "k", "--server", "", "--", "true"], "--server must not be empty" },
        { ["run", "k", "--server", "http://a:1,http://A:1/", "--", "true"], "http://a:1 is there twice" },
        { ["run", "k", "--gateway", "a:1", "--", "true"], "--gateway" },
    };

    public static TheoryData<string[], string> WrongCalls => new()
    {
        { ["status"], "no KEY" },
        { ["status", "k", "--redis", "h:1"], "--redis" },
        { ["value"], "no KEY" },
        { ["value", "k", "l"], "'l'" },
        { ["limit"], "no KEY" },
        { ["limit", "k", "0"], "N: '0' is not a whole number from 1 to 1000000, or none" },
        { ["limit", "k", "1000001"], "N: '1000001'" },
        { ["limit", "k", "all"], "N: 'all'" },
        { ["limit", "k", "3", "--from", "0"], "--from: '0' is not a whole number from 1 to 1000000, or none" },
        { ["limit", "k", "3", "--from"], "--from" },
        { ["limit", "k", "--from", "3"], "--from goes with a limit to set" },
        { ["revoke", "k", "--token", "x"], "--token" },
        { ["revoke", "k", "--token", "0"], "--token: '0'" },
        { ["revoke", "k", "--token", "-3"], "--token" },
        { ["revoke"], "no KEY" },
        { ["revoke", "--session"], "--session" },
        { ["revoke", "--session", ""], "--session: '' is not the id of a session" },
        { ["revoke", "k", "--session", "s"], "--session goes alone" },
        { ["revoke", "--session", "s", "--token", "7"], "--session goes alone" },
        { ["revoke", "--session", "s", "--all"], "--session goes alone" },
        { ["revoke", "k"], "Say which hold is to end: --token N, which lockgrains status KEY shows as its token, or --all" },
        { ["revoke", "k", "--token", "7", "--all"], "--token and --all exclude each other" },
        { ["revoke", "k", "--all", "--reason", " "], "--reason is empty" },
        { ["revoke", "k", "--all", "--reason"], "--reason" },
        { ["revoke", "k", "--all", "--reason", new string('r', 1025)], "--reason has 1025 characters; at most 1024" },
    };

    public static TheoryData<string[], string> WrongLooks => new()
    {
        { ["list", "--held", "--waited"], "--held and --waited exclude each other" },
        { ["list", "a\nb"], "U+000A" },
        { ["list", new string('k', 513)], "at most 512 bytes" },
        { ["list", "--limit", "0"], "--limit: '0' is not a whole number" },
        { ["list", "a", "b"], "b" },
        { ["watch"], "no --prefix" },
        { ["watch", "k", "--prefix", "k"], "KEY and --prefix exclude each other" },
        { ["watch", "--prefix", "\u001b"], "U+001B" },
        { ["watch", "--prefix"], "--prefix" },
    };

    [Theory]
    [MemberData(nameof(WrongLines))]
    [MemberData(nameof(WrongCalls))]
    [MemberData(nameof(WrongLooks))]
    public async Task RunAsync_WrongLine_Exits64AndSaysWhy(string[] args, string why)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(ExitCode.Usage, await LockCommandLine.RunAsync(args, output, error));
        Assert.Equal("", output.ToString());
        Assert.Contains(why, error.ToString(), StringComparison.Ordinal);
        if (args.Length > 0)
        {
            Assert.StartsWith("lockgrains: ", error.ToString(), StringComparison.Ordinal);
            Assert.Single(error.ToString().TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public async Task RunAsync_ServerWithAPassword_IsRefusedAndNeverRepeated()
    {
        using var error = new StringWriter();
        Assert.Equal(ExitCode.Usage, await LockCommandLine.RunAsync(["status", "k", "--server", "http://me:sesame@h:1"], TextWriter.Null, error));
        Assert.DoesNotContain("sesame", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("a\nb")]
    [InlineData("é")]
    public void Connection_TokenThatIsNone_IsRefusedAndNeverRepeated(string token)
    {
        var line = LockCommandLine.Create([], name => name == ConnectionArguments.TokenVariable ? token : null);
        var failure = Assert.Throws<CliException>(() => line.ReadContext(line.Parse(["status", "k"])));
        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.DoesNotContain(token, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Defaults_AreThoseOfTheHelp()
    {
        var line = LockCommandLine.Create(["true"], _ => null);
        var result = line.Parse(["run", "k"]);
        Assert.Empty(result.Errors);
        var run = line.ReadRun(result);
        var connection = line.ReadContext(result).Connection;
        Assert.Equal(["k"], run.Keys);
        Assert.Equal(Timeout.InfiniteTimeSpan, run.Wait);
        Assert.Null(run.Lease);
        Assert.Null(run.Owner);
        Assert.Equal(TimeSpan.FromSeconds(5), run.Grace);
        Assert.Equal(TimeSpan.Zero, run.HoldFor);
        Assert.Null(run.MaxHold);
        Assert.Null(run.Value);
        Assert.Equal(["http://127.0.0.1:8080"], connection.Servers);
        Assert.Null(connection.AccessKey);
        Assert.Null(connection.OperatorKey);
        Assert.Equal(TimeSpan.FromSeconds(30), connection.RetryFor);
    }

    [Theory]
    [InlineData(new string[0], LockMode.Exclusive, null, null)]
    [InlineData(new[] { "--shared" }, LockMode.Shared, null, null)]
    [InlineData(new[] { "--permits", "2", "--limit", "3" }, LockMode.Shared, 2, 3)]
    [InlineData(new[] { "--limit", "3" }, LockMode.Shared, 1, 3)]
    [InlineData(new[] { "--permits", "1000000", "--limit", "1000000" }, LockMode.Shared, 1_000_000, 1_000_000)]
    public void Run_Sharing_IsRead(string[] options, LockMode mode, int? permits, int? limit)
    {
        var line = LockCommandLine.Create(["true"], _ => null);
        var result = line.Parse(["run", "k", .. options]);
        Assert.Empty(result.Errors);
        var run = line.ReadRun(result);
        Assert.Equal((mode, permits, limit), (run.Mode, run.Permits, run.Limit));
    }

    [Theory]
    [InlineData("k", "--token", "7")]
    [InlineData("k", "--all")]
    [InlineData("k", "--all", "--reason", "host is gone")]
    [InlineData("--session", "s", "--reason", "host is gone")]
    public void Revoke_OneHoldAllHoldsOrASession_IsRight(params string[] options) =>
        Assert.Empty(LockCommandLine.Create([], _ => null).Parse(["revoke", .. options]).Errors);

    [Fact]
    public void Run_DefaultOwner_IsWhoRunsWhatWhere_AndFitsALabel()
    {
        var label = RunSettings.FindDefaultOwner(["/opt/jobs/report.sh", "--all"]);
        Assert.EndsWith($"{Environment.MachineName}/report.sh/{Environment.ProcessId}", label, StringComparison.Ordinal);
        Assert.StartsWith(Environment.UserName, label, StringComparison.Ordinal);
        Assert.Null(RunSettings.FindDefaultOwner([new string('x', 128)]));
    }

    [Theory]
    [InlineData("3s", 1)]
    [InlineData("15s", 5)]
    [InlineData("1h", 5)]
    public void Run_LeaseAlone_HasAGraceThatFitsInIt(string lease, double grace)
    {
        var line = LockCommandLine.Create(["true"], _ => null);
        var result = line.Parse(["run", "k", "--lease", lease]);
        Assert.Empty(result.Errors);
        Assert.Equal(TimeSpan.FromSeconds(grace), line.ReadRun(result).Grace);
    }

    [Fact]
    public void Run_AllOptions_AreRead()
    {
        var line = LockCommandLine.Create(["true"], _ => null);
        var result = line.Parse(
        [
            "run", "k", "--wait", "0", "--lease", "10s", "--owner", "me", "--grace", "100ms", "--server", "https://a:1,https://b:2",
            "--hold-for", "20s", "--max-hold", "1h", "--lock-delay", "15s", "--value", "10.0.0.7:5000",
            "--retry-for", "1m", "--verbose",
        ]);
        Assert.Empty(result.Errors);
        var run = line.ReadRun(result);
        var context = line.ReadContext(result);
        Assert.Equal(TimeSpan.Zero, run.Wait);
        Assert.Equal(TimeSpan.FromSeconds(10), run.Lease);
        Assert.Equal("me", run.Owner);
        Assert.Equal(TimeSpan.FromMilliseconds(100), run.Grace);
        Assert.Equal(TimeSpan.FromMilliseconds(400), run.TimeToStop);
        Assert.Equal(TimeSpan.FromSeconds(20), run.HoldFor);
        Assert.Equal(TimeSpan.FromHours(1), run.MaxHold);
        Assert.Equal(TimeSpan.FromSeconds(15), run.LockDelay);
        Assert.Equal("10.0.0.7:5000", run.Value);
        Assert.Equal(["https://a:1", "https://b:2"], context.Connection.Servers);
        Assert.Equal(TimeSpan.FromMinutes(1), context.Connection.RetryFor);
        Assert.True(context.Verbose);
    }

    [Fact]
    public void Connection_Environment_CountsUnlessTheLineSaysOtherwise()
    {
        var variables = new Dictionary<string, string>
        {
            [ConnectionArguments.ServerVariable] = "https://from-environment:1, https://and:2",
            [ConnectionArguments.TokenVariable] = "lg_secret",
        };
        var line = LockCommandLine.Create(["true"], name => variables.GetValueOrDefault(name));
        var plain = line.ReadContext(line.Parse(["status", "k"])).Connection;
        Assert.Equal(["https://from-environment:1", "https://and:2"], plain.Servers);
        Assert.Equal("lg_secret", plain.AccessKey);
        Assert.DoesNotContain("lg_secret", $"{plain} {line.ReadContext(line.Parse(["status", "k"]))}", StringComparison.Ordinal);
        var explicitServer = line.ReadContext(line.Parse(["status", "k", "--server", "http://h:2"])).Connection;
        Assert.Equal(["http://h:2"], explicitServer.Servers);
        Assert.Equal("lg_secret", explicitServer.AccessKey);
    }

    [Fact]
    public void Key_WithAnAtSign_IsNotAResponseFile()
    {
        var line = LockCommandLine.Create(["true"], _ => null);
        Assert.Equal(["@home"], line.ReadRun(line.Parse(["run", "@home"])).Keys);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("status")]
    [InlineData("list")]
    [InlineData("value")]
    [InlineData("limit")]
    [InlineData("revoke")]
    public void Help_OfACommand_NamesEveryOption(string name)
    {
        var command = LockCommandLine.Create([], _ => null).Root.Subcommands.Single(command => command.Name == name);
        var help = HelpText.For(name);
        Assert.NotEmpty(command.Options);
        foreach (var option in command.Options)
        {
            Assert.Contains($"  {option.Name} ", help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Help_OfRunAndRevoke_NamesEveryExitCode()
    {
        var help = HelpText.For("run") + HelpText.For("revoke");
        foreach (var field in typeof(ExitCode).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = ((int)field.GetRawConstantValue()!).ToString(CultureInfo.InvariantCulture);
            Assert.Matches($@"(?m)^  {code}(\+n)? +\S", help);
        }
    }

    [Fact]
    public void Help_OfRun_HasTheBoundsOfTheSilosLease()
    {
        var (policy, help) = (new LockPolicy(), HelpText.For("run"));
        Assert.Matches(
            $@"--lease T[^-]*the silo's bounds are {DurationText.Format(policy.LeaseMin)} to {DurationText.Format(policy.LeaseMax)}\s", help);
        Assert.Matches($@"--lease T[^-]*\(default {DurationText.Format(new LockClientOptions().Lease)}\)", help);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run", "--help")]
    [InlineData("status", "--help")]
    [InlineData("value", "--help")]
    [InlineData("limit", "--help")]
    [InlineData("revoke", "-h")]
    public async Task Help_Asked_IsPrintedAndExits0(params string[] args)
    {
        using var output = new StringWriter();
        Assert.Equal(ExitCode.Success, await LockCommandLine.RunAsync(args, output, TextWriter.Null));
        Assert.Equal(HelpText.For(args.Length > 1 ? args[0] : "").Trim(), output.ToString().Trim());
    }

    [Fact]
    public void Help_Lines_FitATerminal() =>
        Assert.All(
            LockCommandLine.Create([], _ => null).Root.Subcommands.Select(command => HelpText.For(command.Name)).Append(HelpText.Root).SelectMany(help => help.Split('\n')),
            line => Assert.InRange(line.Length, 0, 120));
}
