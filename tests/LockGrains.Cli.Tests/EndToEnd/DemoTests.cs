using System.Globalization;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>The demo as people start it.</summary>
public sealed class DemoTests
{
    private const int Kill = 9;

    [Fact]
    public async Task Demo_TellsOfEachLock_KillsAProgram_AndLeavesNothing()
    {
        using var temp = new TempFolder();
        using var demo = TestProcess.Start(
            "silo", "dotnet", [Programs.Silo, "--demo", "--silo-port", Port(), "--gateway-port", Port(), "--http-port", Port()], ("TMPDIR", temp.Path));

        await demo.WhenLineAsync("LockGrains demo");
        await demo.WhenLineAsync("Look at them in a browser: http://127.0.0.1:");
        Assert.Single(Directory.GetFileSystemEntries(temp.Path, "lockgrains-demo-*"));
        foreach (var key in (string[])["demo/orders/42", "demo/report", "demo/pool", "demo/leader"])
            await demo.WhenLineAsync(line => line.Contains(key, StringComparison.Ordinal) && line.Contains("fencing token", StringComparison.Ordinal), $"a grant of {key}");
        await demo.WhenLineAsync("was killed (kill -9)");
        await demo.WhenLineAsync("LOST it: its lease ran out", TestProcess.Guard * 2);
        var programs = FindPrograms(demo.Id);
        Assert.NotEmpty(programs);

        demo.Signal(Signals.Terminate);
        await demo.ExpectExitAsync(0);

        Assert.Empty(Directory.GetFileSystemEntries(temp.Path, "lockgrains-demo-*"));
        await Eventually.BecomesAsync(() => Task.FromResult(programs.Count(IsRunning)), running => running == 0, "end of the programs");
        Assert.Empty(demo.Error);
    }

    /// <summary>A program whose demo was killed has nobody to end it, and ends.</summary>
    [Fact]
    public async Task Demo_ThatIsKilled_TakesItsProgramsWithIt()
    {
        using var temp = new TempFolder();
        using var demo = TestProcess.Start(
            "silo", "dotnet", [Programs.Silo, "--demo", "--silo-port", Port(), "--gateway-port", Port(), "--http-port", Port()], ("TMPDIR", temp.Path));
        await demo.WhenLineAsync("fencing token");
        var programs = FindPrograms(demo.Id);

        demo.Signal(Kill);

        Assert.NotEmpty(programs);
        await Eventually.BecomesAsync(() => Task.FromResult(programs.Count(IsRunning)), running => running == 0, "end of the programs");
    }

    private static string Port() => FreePort.Find().ToString(CultureInfo.InvariantCulture);

    private static List<string> FindPrograms(int parent) =>
        [.. Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _) && IsRunning(folder) && ParentOf(folder) == parent)];

    private static int ParentOf(string process) => Read(process, "status").Split('\n').Where(line => line.StartsWith("PPid:", StringComparison.Ordinal))
        .Select(line => int.Parse(line["PPid:".Length..], CultureInfo.InvariantCulture)).FirstOrDefault();

    // The number of a process may be given to another one.
    private static bool IsRunning(string process) => Read(process, "cmdline").Contains("demo-program", StringComparison.Ordinal);

    private static string Read(string process, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, file));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
