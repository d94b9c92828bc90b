using System.Globalization;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>What the command gets is what was given: arguments, environment and limits.</summary>
public sealed class GivenTests : IClassFixture<SingleSiloFixture>, IDisposable
{
    // What it was started with, as the system has it.
    private const string Show = "echo args; od -An -v -tx1 -w1000000 /proc/$$/cmdline; echo environment; od -An -v -tx1 -w1000000 /proc/$$/environ";

    private readonly GuardedRuns _runs;

    // As a script that keeps a log: exec > >(tee log); exec lockgrains run ...
    private string Logging => $"cd '{_runs.Folder}'; mkfifo log; (read line < log; echo \"logged $line\") & exec \"$@\"";

    public GivenTests(SingleSiloFixture silo) => _runs = new GuardedRuns(silo.Url);

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task Run_EveryByte_ArrivesInArgumentsValuesAndNames()
    {
        // A letter at the end: the shell takes away the line ends before it. There is no zero, and no '=' in a name.
        var script = $"""
            all="$(printf '{Octal(_ => true)}z')"
            name="$(printf 'N{Octal(value => value != '=')}z')"
            exec env -i PATH="$PATH" DOTNET_CLI_HOME=/tmp LOCKGRAINS_TOKEN="$LOCKGRAINS_TOKEN" "$name=$all" "$@" sh -c '{Show}' sh "$all" "" -- --wait "$name" "$all$all"
            """;
        var straight = _runs.Shell(script);
        await straight.ExpectExitAsync(0);
        Assert.Contains(Hex(_ => true), straight.Out[1], StringComparison.Ordinal);
        Assert.Contains(Hex(value => value != '='), straight.Out[1], StringComparison.Ordinal);

        var run = _runs.Shell(script, ["dotnet", .. _runs.RunLine("bytes")]);
        await run.ExpectExitAsync(0);
        Assert.Equal(straight.Out[1], run.Out[1]);
        var given = Variables(straight.Out[3]);
        var got = Variables(run.Out[3]);
        Assert.Equal(given, got[..given.Length]);
        Assert.Equal(["LOCK_KEY", "LOCK_KEYS", "LOCK_HELD", "LOCK_FENCING_TOKEN", "LOCK_FENCING_TOKENS"], got[given.Length..].Select(Name));
    }

    [Theory]
    [InlineData("ulimit -Sn 512; ulimit -Hn 700; {0}; true", "512", "700")] // the shell itself has the limits
    [InlineData("ulimit -n 700; exec {0}", "700", "700")]
    [InlineData("ulimit -Sn 300; ulimit -Hn 700; sh -c 'ulimit -n 650; exec {0}'; true", "650", "650")] // its parent has a lower one
    public async Task Run_LimitsOfOpenFiles_AreThoseOfTheCaller(string script, string soft, string hard)
    {
        var line = string.Join(' ', ["dotnet", .. _runs.RunLine("limits"), "sh", "-c", "\"ulimit -Sn; ulimit -Hn\""]);
        var run = _runs.Shell(string.Format(CultureInfo.InvariantCulture, script, line));
        await run.ExpectExitAsync(0);
        Assert.Equal([soft, hard], run.Out);
    }

    [Fact]
    public async Task Run_ChildOfTheShellThatBecameIt_OutlivesIt()
    {
        var run = _runs.Shell(Logging, ["dotnet", .. _runs.RunLine("log"), "echo", "ran"]);
        await run.WhenLineAsync("ran");
        await WhenEndedAsync(run);
        await File.WriteAllTextAsync(_runs.File("log"), "it\n");
        await run.WhenLineAsync("logged it");
    }

    [Fact]
    public async Task Run_GuardIsKilled_SparesTheChildrenOfTheShellThatBecameIt()
    {
        var run = _runs.Shell(Logging, ["dotnet", .. _runs.RunLine("spared log"), "sh", "-c", "setsid sleep 600 & echo up; wait"]);
        await run.WhenLineAsync("up");
        Assert.Equal(0, Posix.Kill(GuardedRuns.GuardOf(run), Posix.SigKill));
        await WhenEndedAsync(run);
        Assert.Empty(_runs.Alive);
        await File.WriteAllTextAsync(_runs.File("log"), "it\n");
        await run.WhenLineAsync("logged it");
    }

    /// <summary>Its output is open for as long as the child has it: the end of that is not the end of lockgrains.</summary>
    private static Task WhenEndedAsync(TestProcess run) =>
        GuardedRuns.WhenAsync(() => GuardedRuns.Entries().All(entry => entry.Id != run.Id || entry.HasEnded), "end of lockgrains");

    private static string Octal(Func<int, bool> isIn) => string.Concat(Bytes(isIn).Select(value => $"\\{Convert.ToString(value, 8).PadLeft(3, '0')}"));

    private static string Hex(Func<int, bool> isIn) => string.Join(' ', Bytes(isIn).Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));

    private static IEnumerable<int> Bytes(Func<int, bool> isIn) => Enumerable.Range(1, 255).Where(isIn);

    private static string[] Variables(string hex) => hex.Trim().Split(" 00", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Name(string hex) => string.Concat(hex.Split(' ').Select(value => (char)Convert.ToInt32(value, 16))).Split('=')[0];
}
