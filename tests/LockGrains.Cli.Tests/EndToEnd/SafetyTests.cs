using System.Globalization;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>
/// Never two at work: whatever becomes of lockgrains, its guard, its streams or its lock, what ran under the lock has ended before the
/// next holder begins.
/// </summary>
public sealed class SafetyTests : IClassFixture<SingleSiloFixture>, IDisposable
{
    // A tree that does not end when it is asked to: in its own group, in another group, in another session, and orphaned.
    private const string Tree =
        "trap '' TERM; setsid sleep 1000 & timeout 900 sleep 1000 & (setsid sleep 1000 &) ; echo up $$; while :; do sleep 1000; done";

    private static readonly string[] Short = ["--lease", "4s", "--grace", "300ms"];

    private readonly SingleSiloFixture _silo;
    private readonly List<TestProcess> _processes = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lockgrains-safety");

    public SafetyTests(SingleSiloFixture silo) => _silo = silo;

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Run_LockgrainsIsKilled_CommandDoesNotOutliveIt()
    {
        var run = await RunTreeAsync("killed");
        run.Signal(Posix.SigKill);
        await WhenNobodyIsLeftAsync();
    }

    [Fact]
    public async Task Run_GuardIsKilled_CommandDoesNotOutliveItAndTheLockIsFree()
    {
        var run = await RunTreeAsync("unguarded");
        Assert.Equal(0, Posix.Kill(GuardOf(run), Posix.SigKill));
        await run.ExpectExitAsync(ExitCode.Internal);
        Assert.Empty(Survivors());
        await Run("unguarded", ["--wait", "0"], "true").ExpectExitAsync(0);
    }

    [Fact]
    public async Task Run_LockgrainsIsStopped_CommandEndsBeforeTheNextHolder()
    {
        var run = await RunTreeAsync("stopped");
        run.Signal(StopSignal);
        await ExpectNoneBesideTheNextHolderAsync("stopped");
        run.Signal(Posix.SigCont);
        await run.ExpectExitAsync(ExitCode.Lost);
    }

    [Fact]
    public async Task Run_LockgrainsAndItsGuardAreStopped_CommandEndsAsSoonAsOneGoesOn()
    {
        var run = await RunTreeAsync("frozen");
        var guard = GuardOf(run);
        run.Signal(StopSignal);
        Assert.Equal(0, Posix.Kill(guard, StopSignal));

        // Nobody can end it now: that is what fencing tokens are for.
        await Run("frozen", [], "true").ExpectExitAsync(0);
        run.Signal(Posix.SigCont);
        await run.ExpectExitAsync(ExitCode.Lost);
        Assert.Empty(Survivors());
    }

    [Fact]
    public async Task Run_GuardIsStoppedAfterItHasAsked_CommandEndsAllTheSame()
    {
        using var silo = SiloProcess.StartKeyed();
        await silo.WhenReadyAsync();
        var asked = Path.Combine(_folder.FullName, "asked");
        var run = Add(TestProcess.Start(
            "lockgrains",
            "dotnet",
            [
                Programs.Cli, "run", "asked", "--server", silo.Url, "--lease", "8s", "--grace", "4s", "--",
                "sh", "-c", $"trap 'touch {asked}' TERM; echo up; while :; do sleep 0.05; done",
            ],
            Mark));
        await run.WhenLineAsync("up");
        silo.Process.Signal(StopSignal);
        await WhenAsync(() => File.Exists(asked), "SIGTERM for the command");
        Assert.Equal(0, Posix.Kill(GuardOf(run), StopSignal));
        await run.ExpectExitAsync(ExitCode.Lost);
        Assert.Empty(Survivors());
    }

    [Fact]
    public async Task Run_Revoked_WholeTreeEnds()
    {
        var run = await RunTreeAsync("revoked tree");
        await _silo.Cli("revoke", "revoked tree", "--all").ExpectExitAsync(0);
        await run.ExpectExitAsync(ExitCode.Lost);
        Assert.Empty(Survivors());
    }

    [Theory]
    [InlineData(10)] // SIGUSR1
    [InlineData(14)] // SIGALRM
    [InlineData(24)] // SIGXCPU
    [InlineData(30)] // SIGPWR
    [InlineData(40)] // one of those that programs use among themselves
    public async Task Run_SignalThatWouldEndIt_ReachesTheCommand(int signal)
    {
        var run = Run("signals", [], "sh", "-c", "echo up; exec sleep 1000");
        await run.WhenLineAsync("up");
        run.Signal(signal);
        await run.ExpectExitAsync(ExitCode.SignalBase + signal);
    }

    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    [InlineData("2>&- >&- <&-")]
    [InlineData("2>pipe")] // full, and nobody reads it
    public async Task Run_NothingCanBeTold_LockIsLostAndTheCommandEnds(string streams)
    {
        var key = "words " + streams;
        var ready = Path.Combine(_folder.FullName, "ready");
        var script = $"cd '{_folder.FullName}' && mkfifo pipe && {{ sleep 1000 < pipe & }} && (dd if=/dev/zero of=pipe bs=65536 count=1 2>&1) >/dev/null; exec dotnet \"$@\" {streams}";
        var shell = Add(TestProcess.Start(
            "shell", "sh", ["-c", script, "sh", Programs.Cli, "run", key, "--server", _silo.Url, .. Short, "--", "sh", "-c", $"touch '{ready}'; {Tree}"],
            Mark));
        await WhenAsync(() => File.Exists(ready), "command that has begun");
        await _silo.Cli("revoke", key, "--all").ExpectExitAsync(0);
        await WhenAsync(() => !Survivors("timeout").Any(), "end of the command");
        await Run(key, [], "true").ExpectExitAsync(0);
        Assert.NotNull(shell);
    }

    [Fact]
    public async Task Run_MaxHold_EndsTheCommandAndFreesTheLock()
    {
        var run = Run("too long", ["--max-hold", "2s", "--grace", "300ms"], "sh", "-c", Tree);
        await run.ExpectExitAsync(ExitCode.HeldTooLong);
        Assert.Empty(Survivors());
        await Run("too long", ["--wait", "0"], "true").ExpectExitAsync(0);
    }

    [Fact]
    public async Task Run_HoldFor_KeepsTheLockAfterTheCommand()
    {
        var startedAt = Posix.Now();
        var run = Run("at least", ["--hold-for", "3s"], "echo", "done");
        await run.WhenLineAsync("done");
        await Run("at least", [], "true").ExpectExitAsync(0);
        Assert.True(Posix.Now() - startedAt >= TimeSpan.FromSeconds(3));
        await run.ExpectExitAsync(0);
    }

    [Fact]
    public async Task Run_UnderItself_SaysSo()
    {
        var inner = $"dotnet '{Programs.Cli}' run self --server {_silo.Url} --wait 200ms -- true";
        var run = Run("self", [], "dotnet", Programs.Cli, "run", "another", "--server", _silo.Url, "--", "sh", "-c", inner);
        await run.ExpectExitAsync(ExitCode.NotAcquired);
        Assert.Contains(run.Error, line => line.Contains("runs under the lock 'self' already", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_ArgumentsAndEnvironment_ArriveByteForByte()
    {
        // E9 alone is no UTF-8: an e with an accent in another encoding. The program env shows what it was given both ways.
        var script = $"exec env \"$(printf 'BYTES\\351=\\351 v')\" dotnet '{Programs.Cli}' run bytes --server {_silo.Url} -- "
            + "env \"$(printf 'BYTES-ARG=a\\351 b')\" | LC_ALL=C grep -a ^BYTES | LC_ALL=C sort | od -An -v -w64 -tx1";
        var run = Add(TestProcess.Start("shell", "sh", ["-c", script], Mark));
        await run.ExpectExitAsync(0);
        Assert.Equal("42 59 54 45 53 2d 41 52 47 3d 61 e9 20 62 0a 42 59 54 45 53 e9 3d e9 20 76 0a", Assert.Single(run.Out).Trim());
    }

    [Fact]
    public async Task Run_ScriptWithoutAnInterpreter_RunsAsAShellWouldRunIt()
    {
        var script = Path.Combine(_folder.FullName, "job");
        await File.WriteAllTextAsync(script, "echo \"ran $1\"\n");
        await Add(TestProcess.Start("chmod", "chmod", ["+x", script])).ExpectExitAsync(0);
        var run = Run("script", [], script, "so");
        await run.ExpectExitAsync(0);
        Assert.Equal(["ran so"], run.Out);
    }

    [Fact]
    public async Task Run_LimitOfOpenFiles_IsThatOfTheCaller()
    {
        var script = $"ulimit -Sn 512; dotnet '{Programs.Cli}' run limit --server {_silo.Url} -- sh -c 'ulimit -Sn'; true";
        var run = Add(TestProcess.Start("shell", "sh", ["-c", script], Mark));
        await run.ExpectExitAsync(0);
        Assert.Equal(["512"], run.Out);
    }

    [Theory]
    [InlineData(">/dev/full")]
    [InlineData(">&-")]
    public async Task Status_OutputCannotBeWritten_SaysSoAndExits74(string streams)
    {
        var run = Add(TestProcess.Start(
            "shell", "sh", ["-c", $"exec dotnet '{Programs.Cli}' status any --server {_silo.Url} {streams}"], Mark));
        await run.ExpectExitAsync(ExitCode.OutputFailed);
        Assert.Contains("standard output", Assert.Single(run.Error), StringComparison.Ordinal);
    }

    private static int StopSignal => OperatingSystem.IsMacOS() ? 17 : 19;

    private (string Name, string? Value)[] Mark => [("SAFETY_TEST", _folder.FullName), TestAccess.Variable];

    private static int GuardOf(TestProcess run) => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? ProcessEntry.TryRead(pid) : null)
        .Single(entry => entry is not null && entry.Parent == run.Id)!.Id;

    private static async Task WhenAsync(Func<bool> isSo, string what) =>
        await LockGrains.TestKit.Servers.Eventually.BecomesAsync(() => Task.FromResult(isSo()), isSo => isSo, what);

    private async Task<TestProcess> RunTreeAsync(string key)
    {
        var run = Run(key, Short, "sh", "-c", Tree);
        await run.WhenLineAsync("up");
        return run;
    }

    private Task WhenNobodyIsLeftAsync() => WhenAsync(() => !Survivors().Any(), "end of the tree");

    /// <summary>The next holder begins only when nothing of the one before is at work.</summary>
    private async Task ExpectNoneBesideTheNextHolderAsync(string key)
    {
        var next = Run(key, [], "sh", "-c", "echo mine; read line");
        await next.WhenLineAsync("mine");
        Assert.Empty(Survivors());
        await next.WriteInputAsync("end\n");
        await next.ExpectExitAsync(0);
    }

    /// <summary>What is alive of a command's tree.</summary>
    private IEnumerable<string> Survivors(string? program = null) => Directory.EnumerateDirectories("/proc")
        .Select(folder =>
        {
            try
            {
                return int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                    && ProcessEntry.TryRead(pid) is { HasEnded: false }
                    && File.ReadAllText($"{folder}/environ").Contains($"SAFETY_TEST={_folder.FullName}", StringComparison.Ordinal)
                        ? File.ReadAllText($"{folder}/cmdline").Replace('\0', ' ') : "";
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return "";
            }
        })
        .Where(line => program is null ? line.StartsWith("sleep", StringComparison.Ordinal) || line.StartsWith("timeout", StringComparison.Ordinal)
            : line.StartsWith(program, StringComparison.Ordinal));

    private TestProcess Add(TestProcess process)
    {
        _processes.Add(process);
        return process;
    }

    private TestProcess Run(string key, string[] options, params string[] command) => Add(TestProcess.Start(
        "lockgrains", "dotnet", [Programs.Cli, "run", key, "--server", _silo.Url, .. options, "--", .. command], Mark));
}
