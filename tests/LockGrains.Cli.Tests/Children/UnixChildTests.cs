using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.Children;

public sealed class UnixChildTests : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly Fifo _fifo = new();
    private readonly List<UnixChild> _children = [];

    public void Dispose()
    {
        _children.ForEach(child => child.Kill());
        _fifo.Dispose();
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    public async Task Exited_HoweverItEnds_HasTheCodeOfAShell(string script, int exitCode)
    {
        var child = Start(script);
        Assert.Equal(exitCode, await child.Exited.WaitAsync(Guard));
        await child.Ended.WaitAsync(Guard);
    }

    [Fact]
    public void Start_NoSuchCommand_Is127()
    {
        var exception = Assert.Throws<CliException>(() => UnixChild.Start(["lockgrains-no-such-command"], Variables(), TextWriter.Null));
        Assert.Equal(127, exception.ExitCode);
        Assert.Equal("command not found: lockgrains-no-such-command", exception.Message);
    }

    [Fact]
    public void Start_NotExecutable_Is126()
    {
        var exception = Assert.Throws<CliException>(() => UnixChild.Start(["/"], Variables(), TextWriter.Null));
        Assert.Equal(126, exception.ExitCode);
    }

    [Fact]
    public async Task Start_ArgumentsAndEnvironment_ArriveToTheLetter()
    {
        string[] command = ["sh", "-c", "printf '%s|%s|%s' \"$1\" \"$2\" \"$LOCK_KEY\" > \"$FIFO\"", "sh", "a b", "--é\"'"];
        _children.Add(UnixChild.Start(command, Variables(), TextWriter.Null));
        Assert.Equal("a b|--é\"'|the key", await _fifo.ReadAsync("its arguments"));
    }

    [Fact]
    public async Task Start_Child_LeadsAGroupOfItsOwnAndMayDieOfItsPipe()
    {
        // Field 5 of stat is the process group. Bit 12 of SigIgn is SIGPIPE, which this process, as every .NET one, ignores.
        var child = Start(
            """
            test "$(cut -d' ' -f5 /proc/$$/stat)" = $$ || exit 1
            ignored=$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/$$/status)
            exit $(( 0x$ignored & 0x1000 ? 2 : 0 ))
            """);
        Assert.Equal(0, await child.Exited.WaitAsync(Guard));
    }

    [Fact]
    public async Task Signal_WholeGroup_EndsWhatTheCommandStarted()
    {
        var child = Start("sleep 1000 & echo ready > \"$FIFO\"; wait");
        await _fifo.ReadAsync("ready");
        child.Signal(Posix.SigTerm);
        Assert.Equal(143, await child.Exited.WaitAsync(Guard));
        await child.Ended.WaitAsync(Guard);
    }

    [Fact]
    public async Task Ended_LeaderLeavesAProcess_ComesOnlyWithItsEnd()
    {
        var child = Start("(read line < \"$FIFO\") & exit 3");
        Assert.Equal(3, await child.Exited.WaitAsync(Guard));
        Assert.False(child.Ended.IsCompleted);
        await _fifo.WriteAsync("end\n", "the process that was left behind");
        await child.Ended.WaitAsync(Guard);
    }

    [Fact]
    public async Task Terminate_StoppedGroup_EndsAllTheSame()
    {
        var child = Start("echo ready > \"$FIFO\"; sleep 1000");
        await _fifo.ReadAsync("ready");
        child.Signal(StopSignal);
        child.Terminate();
        Assert.Equal(143, await child.Exited.WaitAsync(Guard));
        await child.Ended.WaitAsync(Guard);
    }

    [Fact]
    public async Task Kill_WhoIgnoresTerm_EndsIt()
    {
        var child = Start("trap '' TERM; echo ready > \"$FIFO\"; sleep 1000");
        await _fifo.ReadAsync("ready");
        child.Terminate();
        child.Kill();
        Assert.Equal(137, await child.Exited.WaitAsync(Guard));
        await child.Ended.WaitAsync(Guard);
    }

    private static int StopSignal => OperatingSystem.IsMacOS() ? 17 : 19;

    private UnixChild Start(string script)
    {
        var child = UnixChild.Start(["sh", "-c", script], Variables(), TextWriter.Null);
        _children.Add(child);
        return child;
    }

    private Dictionary<string, string> Variables() => new()
    {
        ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
        ["LOCK_KEY"] = "the key",
        ["FIFO"] = _fifo.FilePath,
    };
}
