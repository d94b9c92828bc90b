using System.Globalization;
using System.Text.Json;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary><c>lockgrains run</c> against a real silo, all in processes of their own.</summary>
public sealed class RunTests : IClassFixture<SingleSiloFixture>, IDisposable
{
    // Ends only by a signal or by its input; says so, and ends what it started.
    private const string Holder = "trap 'echo term; exit 0' TERM; trap 'echo int; exit 9' INT; echo holding; read line; echo released";

    private static readonly string[] None = [];

    private readonly SingleSiloFixture _silo;
    private readonly List<TestProcess> _processes = [];

    public RunTests(SingleSiloFixture silo) => _silo = silo;

    public void Dispose() => _processes.ForEach(process => process.Dispose());

    [Fact]
    public async Task Run_FreeLock_RunsTheCommandWithKeyAndToken()
    {
        var run = Run("demo", None, "sh", "-c", "echo held $LOCK_KEY $LOCK_FENCING_TOKEN");
        await run.ExpectExitAsync(0);
        var words = Assert.Single(run.Out).Split(' ');
        Assert.Equal(["held", "demo"], words[..2]);
        Assert.True(long.Parse(words[2], CultureInfo.InvariantCulture) > 0);
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("kill -KILL $$", 137)]
    public async Task Run_CommandEnds_PassesItsCodeThrough(string script, int exitCode) =>
        await Run("codes", None, "sh", "-c", script).ExpectExitAsync(exitCode);

    [Fact]
    public async Task Run_Input_ReachesTheCommand()
    {
        var run = Run("input", None, "cat");
        await run.WriteInputAsync("to the command\n");
        await run.ExpectExitAsync(0);
        Assert.Equal(["to the command"], run.Out);
    }

    [Fact]
    public async Task Run_CommandNotFound_Exits127AndFreesTheLock()
    {
        var run = Run("not-found", None, "lockgrains-no-such-command");
        await run.ExpectExitAsync(127);
        Assert.Equal(["lockgrains: command not found: lockgrains-no-such-command"], run.Error);
        await Run("not-found", ["--wait", "0"], "true").ExpectExitAsync(0);
    }

    [Theory]
    [InlineData(Posix.SigTerm, "term", 0)]
    [InlineData(Posix.SigInt, "int", 9)]
    public async Task Run_Signal_GoesToTheCommandWhichDecides(int signal, string said, int exitCode)
    {
        var run = Run("signal", None, "sh", "-c", Holder);
        await run.WhenLineAsync("holding");
        run.Signal(signal);
        await run.ExpectExitAsync(exitCode);
        Assert.Equal(["holding", said], run.Out);
    }

    [Fact]
    public async Task Run_LockHeldAndWaitZero_Exits75()
    {
        var holder = await HoldAsync("busy");
        var run = Run("busy", ["--wait", "0"], "echo", "ran");
        await run.ExpectExitAsync(75);
        Assert.Empty(run.Out);
        Assert.Single(run.Error);
        await EndAsync(holder);
    }

    [Fact]
    public async Task Run_LockHeldLongerThanTheWait_Exits75()
    {
        var holder = await HoldAsync("slow");
        var run = Run("slow", ["--wait", "300ms"], "echo", "ran");
        await run.ExpectExitAsync(75);
        Assert.Empty(run.Out);
        Assert.Contains("lockgrains: ", run.Error[^1], StringComparison.Ordinal);
        await EndAsync(holder);
    }

    [Fact]
    public async Task Run_Waiting_ShowsItsPlaceAndGetsTheLockNext()
    {
        var holder = await HoldAsync("line");
        var waiter = Run("line", None, "echo", "my turn");
        await waiter.WhenLineAsync("waiting for 'line': place 1 of 1");
        Assert.Empty(waiter.Out);
        await EndAsync(holder);
        await waiter.ExpectExitAsync(0);
        Assert.Equal(["my turn"], waiter.Out);
    }

    [Theory]
    [InlineData(Posix.SigInt)]
    [InlineData(Posix.SigTerm)]
    [InlineData(Posix.SigHup)]
    public async Task Run_SignalWhileWaiting_LeavesTheQueueAndExits128PlusSignal(int signal)
    {
        var key = $"leave-{signal}";
        var holder = await HoldAsync(key);
        var waiter = Run(key, None, "echo", "ran");
        await waiter.WhenLineAsync("place 1 of 1");
        waiter.Signal(signal);
        await waiter.ExpectExitAsync(128 + signal);
        Assert.Empty(waiter.Out);
        Assert.Equal(0, (await StatusAsync(key)).GetProperty("queueLength").GetInt32());
        await EndAsync(holder);
    }

    [Fact]
    public async Task Run_LockRevoked_EndsTheCommandAndExits76()
    {
        var run = Run("revoked", ["--lease", "15s", "--owner", "the holder"], "sh", "-c", Holder);
        await run.WhenLineAsync("holding");
        var status = await StatusAsync("revoked");
        Assert.Equal("the holder", status.GetProperty("holder").GetProperty("owner").GetString());
        var token = status.GetProperty("holder").GetProperty("fencingToken").GetInt64();
        await Cli("revoke", "revoked", "--token", (token - 1).ToString(CultureInfo.InvariantCulture)).ExpectExitAsync(65);
        await Cli("revoke", "revoked", "--token", token.ToString(CultureInfo.InvariantCulture)).ExpectExitAsync(0);
        await run.ExpectExitAsync(76);
        Assert.Equal(["holding", "term"], run.Out);
        Assert.Contains(run.Error, line => line.Contains("revoked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_LockRevokedFromACommandThatWillNotEnd_KillsIt()
    {
        var run = Run("stubborn", ["--lease", "15s", "--grace", "100ms"], "sh", "-c", "trap '' TERM; echo $$; read line; echo survived");
        await run.WhenLineAsync("");
        await Cli("revoke", "stubborn", "--all").ExpectExitAsync(0);
        await run.ExpectExitAsync(76);
        var pid = int.Parse(Assert.Single(run.Out), CultureInfo.InvariantCulture);
        Assert.True(Posix.Kill(pid, 0) < 0, "The command is still there.");
    }

    [Fact]
    public async Task Run_ProcessLeftBehind_KeepsTheLockUntilItEnds()
    {
        // The script ends at once; what it left behind reads the input.
        var run = Run("left", None, "sh", "-c", "exec 3<&0; (read line <&3; echo done) & exit 5");
        await run.WhenLineAsync("held until they end");
        Assert.True((await StatusAsync("left")).GetProperty("held").GetBoolean());
        await run.WriteInputAsync("end\n");
        await run.ExpectExitAsync(5);
        Assert.False((await StatusAsync("left")).GetProperty("held").GetBoolean());
    }

    [Fact]
    public async Task Run_LeaseBeyondTheSilosBounds_Exits64InOneLine()
    {
        var run = Run("bounds", ["--lease", "1ms"], "true");
        await run.ExpectExitAsync(64);
        Assert.Contains("ease", Assert.Single(run.Error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NoSilo_Exits69InOneLine()
    {
        var port = FreePort.Find();
        var run = Add(Programs.StartCli("run", "k", "--server", $"http://127.0.0.1:{port}", "--retry-for", "500ms", "--", "echo", "ran"));
        await run.ExpectExitAsync(69);
        Assert.Empty(run.Out);
        Assert.Contains($"127.0.0.1:{port}", Assert.Single(run.Error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_HeldLock_ShowsHolderInBothForms()
    {
        var holder = await HoldAsync("shown");
        var table = Cli("status", "shown");
        await table.ExpectExitAsync(0);
        var heldBy = Assert.Single(table.Out, line => line.StartsWith("held by", StringComparison.Ordinal));
        Assert.Contains(Environment.MachineName, heldBy, StringComparison.Ordinal);
        Assert.True((await StatusAsync("shown")).GetProperty("held").GetBoolean());
        await EndAsync(holder);
        Assert.False((await StatusAsync("shown")).GetProperty("held").GetBoolean());
    }

    [RequiresFact("script")]
    public async Task Run_OnATerminal_LendsItToTheCommandThatReadsIt()
    {
        // script(1) runs its command on a terminal of its own and copies our input to it.
        var line = $"dotnet '{Programs.Cli}' run tty --server {_silo.Url} -- sh -c 'echo ask; read line; echo \"got <$line>\"'";
        var terminal = Add(TestProcess.Start("script", "script", ["-qec", line, "/dev/null"], TestAccess.Variable));
        await terminal.WhenLineAsync("ask");
        await terminal.WriteLineAsync("typed");
        await terminal.WhenLineAsync("got <typed>");
        await terminal.ExpectExitAsync(0);
    }

    [RequiresFact("script")]
    public async Task Run_WaitingOnATerminal_ShowsItsPlace()
    {
        var holder = await HoldAsync("tty-line");
        var line = $"dotnet '{Programs.Cli}' run tty-line --server {_silo.Url} -- echo my turn";
        var terminal = Add(TestProcess.Start("script", "script", ["-qec", line, "/dev/null"], TestAccess.Variable));
        await terminal.WhenLineAsync("waiting for 'tty-line': place 1 of 1");
        await EndAsync(holder);
        await terminal.ExpectExitAsync(0);
        Assert.Contains(terminal.Out, output => output.Contains("my turn", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_SeveralKeys_HoldsAllAndTellsTheirTokensInThatOrder()
    {
        var run = Run("pair/b", ["pair/a"], "sh", "-c", "echo \"<$LOCK_KEY><$LOCK_FENCING_TOKEN>\"; echo \"$LOCK_KEYS\"; echo \"$LOCK_FENCING_TOKENS\"; echo holding; read line");
        await run.WhenLineAsync("holding");
        Assert.Equal(["<><>", "pair/b", "pair/a"], run.Out[..3]);
        var tokens = run.Out[3..5].Select(line => long.Parse(line, CultureInfo.InvariantCulture));
        long[] held = [await HolderTokenAsync("pair/b"), await HolderTokenAsync("pair/a")];
        Assert.Equal(held, tokens);

        var busy = Run("pair/c", ["pair/a", "--wait", "0"], "echo", "ran");
        await busy.ExpectExitAsync(75);
        Assert.Contains("'pair/a' is held by another", Assert.Single(busy.Error), StringComparison.Ordinal);
        Assert.False((await StatusAsync("pair/c")).GetProperty("held").GetBoolean());

        await EndAsync(run);
        await Run("pair/a", ["pair/b", "--wait", "0"], "true").ExpectExitAsync(0);
    }

    [Fact]
    public async Task Run_OneOfSeveralLocksRevoked_EndsTheCommandAndExits76()
    {
        var run = Run("both/a", ["both/b", "--lease", "15s"], "sh", "-c", Holder);
        await run.WhenLineAsync("holding");
        await Cli("revoke", "both/b", "--all").ExpectExitAsync(0);
        await run.ExpectExitAsync(76);
        Assert.Equal(["holding", "term"], run.Out);
        Assert.Contains(run.Error, line => line.Contains("both/b", StringComparison.Ordinal));
        Assert.False((await StatusAsync("both/a")).GetProperty("held").GetBoolean());
    }

    private async Task<long> HolderTokenAsync(string key) =>
        (await StatusAsync(key)).GetProperty("holder").GetProperty("fencingToken").GetInt64();

    private TestProcess Add(TestProcess process)
    {
        _processes.Add(process);
        return process;
    }

    private TestProcess Run(string key, string[] options, params string[] command) => Add(_silo.Run(key, options, command));

    private TestProcess Cli(string verb, string key, params string[] options) => Add(_silo.Cli(verb, key, options));

    private async Task<TestProcess> HoldAsync(string key)
    {
        var holder = Run(key, None, "sh", "-c", Holder);
        await holder.WhenLineAsync("holding");
        return holder;
    }

    private static async Task EndAsync(TestProcess holder)
    {
        await holder.WriteInputAsync("end\n");
        await holder.ExpectExitAsync(0);
    }

    private async Task<JsonElement> StatusAsync(string key)
    {
        var status = Cli("status", key, "--json");
        await status.ExpectExitAsync(0);
        return JsonDocument.Parse(string.Concat(status.Out)).RootElement;
    }
}
