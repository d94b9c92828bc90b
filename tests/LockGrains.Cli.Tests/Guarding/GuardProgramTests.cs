using System.Globalization;
using LockGrains.Cli.Children;
using LockGrains.Cli.Guarding;
using LockGrains.Cli.Tests.Children;
using LockGrains.Cli.Tests.EndToEnd;

namespace LockGrains.Cli.Tests.Guarding;

/// <summary>The guard as a process of its own, which gets its orders on standard input and reports on standard output.</summary>
public sealed class GuardProgramTests : IDisposable
{
    private const string IgnoresTerm = "trap '' TERM;";

    private readonly Fifo _fifo = new();
    private readonly List<TestProcess> _guards = [];

    public void Dispose()
    {
        _guards.ForEach(guard => guard.Dispose());
        _fifo.Dispose();
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    public async Task Exited_HoweverItEnds_HasTheCodeOfAShell(string script, int exitCode)
    {
        var guard = await StartAsync(script);
        await ExpectEndAsync(guard, $"exited {exitCode.ToString(CultureInfo.InvariantCulture)}", "ended");
    }

    [Theory]
    [InlineData("lockgrains-no-such-command", Posix.ErrorNotFound)]
    [InlineData("/", 13)]
    public async Task Start_NotPossible_ReportsTheError(string command, int error)
    {
        var guard = Guard([command]);
        await guard.WriteLineAsync("start 1");
        await guard.WhenLineAsync($"failed {error.ToString(CultureInfo.InvariantCulture)}");
        await guard.WriteInputAsync("");
        await guard.ExpectExitAsync(0);
    }

    [Fact]
    public async Task Start_Environment_HasTheTokenOnce()
    {
        var guard = Guard(["sh", "-c", "env | grep ^LOCK_FENCING_TOKEN= > \"$FIFO\""], null, ("LOCK_FENCING_TOKEN", "of an outer lock"));
        await guard.WriteLineAsync("start 42");
        Assert.Equal("LOCK_FENCING_TOKEN=42\n", await _fifo.ReadAsync("its environment"));
        await ExpectEndAsync(guard, "exited 0", "ended");
    }

    [Fact]
    public async Task Start_SeveralTokens_AreLinesAndTheOneIsEmpty()
    {
        var guard = Guard(["sh", "-c", "printf '%s' \"<$LOCK_FENCING_TOKEN>$LOCK_FENCING_TOKENS\" > \"$FIFO\""], null, ("LOCK_FENCING_TOKEN", "of an outer lock"));
        await guard.WriteLineAsync("start 42 43");
        Assert.Equal("<>42\n43", await _fifo.ReadAsync("its environment"));
        await ExpectEndAsync(guard, "exited 0", "ended");
    }

    [Theory]
    [InlineData("start 42:0,2 43:1", "42\n43|0,2\n1")]
    [InlineData("start 42:", "42|")]
    public async Task Start_PermitNumbers_AreALineForEachLock(string order, string seen)
    {
        var guard = Guard(["sh", "-c", "printf '%s|%s' \"$LOCK_FENCING_TOKENS\" \"${LOCK_PERMIT_NUMBERS-unset}\" > \"$FIFO\""]);
        await guard.WriteLineAsync(order);
        Assert.Equal(seen, await _fifo.ReadAsync("its environment"));
        await ExpectEndAsync(guard, "exited 0", "ended");
    }

    [Fact]
    public async Task Start_Command_LeadsAGroupOfItsOwnAndMayDieOfItsPipe()
    {
        // Field 5 of stat is the process group. Bit 12 of SigIgn is SIGPIPE, which a guard, as every .NET process, ignores.
        var guard = await StartAsync(
            """
            test "$(cut -d' ' -f5 /proc/$$/stat)" = $$ || exit 1
            ignored=$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/$$/status)
            exit $(( 0x$ignored & 0x1000 ? 2 : 0 ))
            """);
        await ExpectEndAsync(guard, "exited 0", "ended");
    }

    [Fact]
    public async Task Start_Command_HasNoneOfTheGuardsDescriptors()
    {
        var guard = await StartAsync("echo x >&1 && exit 1; read line && exit 2; exit 0");
        await ExpectEndAsync(guard, "exited 0", "ended");
    }

    [Fact]
    public async Task Signal_WhileTheCommandRuns_GoesToItsGroup()
    {
        var guard = await StartAsync("sleep 1000 & echo ready > \"$FIFO\"; wait");
        await _fifo.ReadAsync("ready");
        await guard.WriteLineAsync($"signal {Posix.SigTerm.ToString(CultureInfo.InvariantCulture)}");
        await ExpectEndAsync(guard, "exited 143", "ended");
    }

    [Fact]
    public async Task Signal_AfterTheCommand_GoesToWhatItLeftBehind()
    {
        var guard = await StartAsync("setsid sleep 1000 & exit 3");
        await guard.WhenLineAsync("exited 3");
        await guard.WriteLineAsync($"signal {Posix.SigTerm.ToString(CultureInfo.InvariantCulture)}");
        await ExpectEndAsync(guard, "exited 3", "ended");
    }

    [Theory]
    [InlineData("(read line < \"$FIFO\") & exit 3")]
    [InlineData("setsid sh -c 'read line < \"$FIFO\"' & exit 3")]
    [InlineData("setsid sh -c '(setsid sh -c \"read line < $FIFO\" &) ; exit 0' & exit 3")]
    [InlineData("timeout 1000 sh -c 'read line < \"$FIFO\"' & exit 3")]
    [InlineData("exec bash -c 'set -m; (read line < \"$FIFO\") & exit 3'")]
    [InlineData("(until read line < \"$FIFO\"; do :; done) & exit 3")]
    public async Task Ended_CommandLeavesAProcess_ComesOnlyWithItsEnd(string script)
    {
        var guard = await StartAsync(script);
        await guard.WhenLineAsync("exited 3");
        await _fifo.WriteAsync("end\n", "the process that was left behind");
        await ExpectEndAsync(guard, "exited 3", "ended");
    }

    [Theory]
    [InlineData("sleep 1000")]
    [InlineData(IgnoresTerm + "sleep 1000")]
    [InlineData(IgnoresTerm + "setsid sleep 1000 & sleep 1000")]
    [InlineData(IgnoresTerm + "timeout 1000 sleep 1000")]
    [InlineData(IgnoresTerm + "(setsid sh -c 'sleep 1000 & sleep 1000' &); exec sleep 1000")]
    [InlineData(IgnoresTerm + "while :; do setsid sleep 1000 & sleep 0.01; done")]
    [InlineData("trap 'setsid sleep 1000 & sleep 1000' TERM; sleep 1000")]
    [InlineData("kill -STOP $$")]
    [InlineData("exec bash -c 'set -m; sleep 1000 & (trap \"\" TERM; sleep 1000) & wait'")] // job control: a group for each job
    [InlineData(IgnoresTerm + "exec bash -c 'set -m; sleep 1000 & kill -STOP $!; sleep 1000 | sleep 1000'")]
    [InlineData("while :; do sleep 1000; done")] // a supervisor, which restarts what was ended
    [InlineData(IgnoresTerm + "while :; do setsid sh -c 'while :; do sleep 1000; done'; done")]
    [InlineData("timeout 1000 sh -c 'while :; do timeout 1000 sleep 1000; done'")]
    [InlineData("(while :; do setsid timeout 1000 sleep 1000; done) & exit 0")] // left behind
    public async Task Orders_End_EndsTheWholeTree(string script)
    {
        // The end of the orders is the end of lockgrains, whatever that was.
        var guard = await StartAsync($"echo ready > \"$FIFO\"; {script}");
        await _fifo.ReadAsync("ready");
        await guard.WriteInputAsync("");
        await guard.ExpectExitAsync(0);
        Assert.Contains("ended", guard.Out);
        Assert.Empty(Survivors());
    }

    [Theory]
    [InlineData(IgnoresTerm + "sleep 1000")]
    [InlineData("trap 'sleep 1000' TERM; while :; do sleep 0.05; done")] // takes its time to clean up
    public async Task Orders_EndWithAGraceOfAnHour_EndsTheTreeWithoutWaitingForIt(string script)
    {
        var guard = await StartAsync($"echo ready > \"$FIFO\"; {script}", TimeSpan.FromHours(1));
        await _fifo.ReadAsync("ready");
        await guard.WriteLineAsync($"until {(Posix.Now() + TimeSpan.FromHours(2)).Ticks.ToString(CultureInfo.InvariantCulture)}");
        await guard.WriteInputAsync("");
        await guard.ExpectExitAsync(0);
        Assert.Contains("killed", guard.Out);
        Assert.Empty(Survivors());
    }

    [Theory]
    [InlineData("for n in 1 2 3 4 5 6 7 8; do (sh -c 'echo $$ >> \"$ORPHANS\"' &); done")]
    [InlineData("for n in 1 2 3 4 5 6 7 8; do (setsid sh -c 'echo $$ >> \"$ORPHANS\"' &); done")]
    [InlineData("for n in 1 2 3 4 5 6 7 8; do (sh -c 'echo $$ >> \"$ORPHANS\"; kill -KILL $$' &); done")]
    public async Task Orphan_EndsWhileTheCommandRuns_StaysNoZombie(string script)
    {
        var orphans = _fifo.FilePath + "-orphans";
        var guard = Guard(["sh", "-c", $"{script}; echo ready > \"$FIFO\"; read line < \"$FIFO\"; exit 6"], null, ("ORPHANS", orphans));
        await guard.WriteLineAsync("start 1");
        await _fifo.ReadAsync("ready");

        // A zombie is in the process table until its parent has asked for its end.
        await Eventually.BecomesAsync(
            async () => File.Exists(orphans) ? (await File.ReadAllLinesAsync(orphans)).Count(pid => !Directory.Exists($"/proc/{pid}")) : 0,
            static gone => gone == 8,
            "end of eight orphans that is not there any more");
        await _fifo.WriteAsync("end\n", "the command");
        await ExpectEndAsync(guard, "exited 6", "ended");
    }

    [Fact]
    public async Task HeldUntil_Over_EndsTheTreeWithoutAnOrder()
    {
        var guard = await StartAsync($"{IgnoresTerm} echo ready > \"$FIFO\"; setsid sleep 1000 & sleep 1000");
        await _fifo.ReadAsync("ready");
        await guard.WriteLineAsync($"until {(Posix.Now() + TimeSpan.FromSeconds(3)).Ticks.ToString(CultureInfo.InvariantCulture)}");
        await guard.WhenLineAsync("asked");
        await guard.WhenLineAsync("killed");
        await ExpectEndAsync(guard, "exited 137", "ended");
        Assert.Empty(Survivors());
    }

    [Fact]
    public async Task Revoked_CommandThatObeys_IsNotKilled()
    {
        var guard = await StartAsync("trap 'exit 4' TERM; echo ready > \"$FIFO\"; while :; do sleep 0.05; done", TimeSpan.FromSeconds(30));
        await _fifo.ReadAsync("ready");
        await guard.WriteLineAsync("revoked");
        await ExpectEndAsync(guard, "exited 4", "ended");
        Assert.DoesNotContain("killed", guard.Out);
    }

    [Fact]
    public async Task Guard_SignalsThatEndAService_GoesOn()
    {
        var guard = await StartAsync("echo ready > \"$FIFO\"; read line < \"$FIFO\"; exit 6");
        await _fifo.ReadAsync("ready");
        foreach (var signal in new[] { Posix.SigTerm, Posix.SigHup, Posix.SigInt, 10, 12, 14, 50 })
            guard.Signal(signal);
        await _fifo.WriteAsync("end\n", "the command");
        await ExpectEndAsync(guard, "exited 6", "ended");
    }

    /// <summary>Processes of this test that are still there: all of them have its pipe in their environment.</summary>
    private List<string> Survivors() =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(folder =>
        {
            try
            {
                return int.TryParse(Path.GetFileName(folder), out var pid) && ProcessEntry.TryRead(pid) is { HasEnded: false }
                    && File.ReadAllText($"{folder}/environ").Contains(_fifo.FilePath, StringComparison.Ordinal);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }),
    ];

    private async Task<TestProcess> StartAsync(string script, TimeSpan? grace = null)
    {
        var guard = Guard(["sh", "-c", script], grace);
        await guard.WriteLineAsync("start 1");
        return guard;
    }

    private TestProcess Guard(string[] command, TimeSpan? grace = null, params (string Name, string Value)[] environment)
    {
        var terms = new GuardTerms
        {
            Orders = 0,
            Reports = 1,
            HomeGroup = Posix.OwnGroup(),
            OpenFiles = OpenFilesLimit.Unknown,
            Grace = grace ?? TimeSpan.FromMilliseconds(200),
        };
        var guard = TestProcess.Start(
            "guard", "dotnet", [Programs.Cli, .. terms.ToArguments(), .. command], [("FIFO", _fifo.FilePath), .. environment]);
        _guards.Add(guard);
        return guard;
    }

    private static async Task ExpectEndAsync(TestProcess guard, string exited, string ended)
    {
        await guard.WhenLineAsync(exited);
        await guard.WhenLineAsync(ended);
        await guard.WriteInputAsync("");
        await guard.ExpectExitAsync(0);
    }
}
