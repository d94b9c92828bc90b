using System.Text.Json;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary><c>lockgrains watch</c> shows what <c>lockgrains run</c> does, against a real silo.</summary>
public sealed class WatchTests : IClassFixture<SingleSiloFixture>, IDisposable
{
    private readonly SingleSiloFixture _silo;
    private readonly List<TestProcess> _processes = [];

    public WatchTests(SingleSiloFixture silo) => _silo = silo;

    public void Dispose() => _processes.ForEach(process => process.Dispose());

    [Fact]
    public async Task Watch_ShowsWhatRunDoes_AndEndsWithASignal()
    {
        var watch = Add(_silo.Cli("watch", "demo"));
        await watch.WhenLineAsync("held by nobody");
        var first = Run("demo", "alice");
        await watch.WhenLineAsync("held by alice, token ");
        var second = Run("demo", "bob");
        await watch.WhenLineAsync("; 1 waits");
        await EndAsync(first);
        await watch.WhenLineAsync("held by bob, token ");
        await EndAsync(second);
        var frees = 0;
        await watch.WhenLineAsync(line => line.EndsWith("  held by nobody", StringComparison.Ordinal) && ++frees == 2, "the free lock again");
        var third = Run("demo", "carol");
        await watch.WhenLineAsync("held by carol, token ");
        await EndAsync(third);

        watch.Signal(2);
        await watch.ExpectExitAsync(ExitCode.SignalBase + 2);
        Assert.Empty(watch.Error);
        Assert.All(watch.Out, line => Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3}  held by ", line));
    }

    [Fact]
    public async Task Watch_Json_PrintsAnObjectALine_AndStatusShowsWhatHappened()
    {
        var watch = Add(_silo.Cli("watch", "json", "--json"));
        await watch.WhenLineAsync("\"held\":false");
        var run = Run("json", "alice");
        using var held = JsonDocument.Parse(await watch.WhenLineAsync("\"held\":true"));
        Assert.Equal("alice", held.RootElement.GetProperty("status").GetProperty("holder").GetProperty("owner").GetString());
        await EndAsync(run);

        var status = Add(_silo.Cli("status", "json"));
        await status.ExpectExitAsync(0);
        Assert.Contains(status.Out, line => line.Contains(" ago  released by alice, token ", StringComparison.Ordinal));
        watch.Signal(15);
        await watch.ExpectExitAsync(ExitCode.SignalBase + 15);
    }

    private TestProcess Run(string key, string owner) => Add(_silo.Run(key, ["--lease", "15s", "--owner", owner], "sh", "-c", "echo holding; read line"));

    private TestProcess Add(TestProcess process)
    {
        _processes.Add(process);
        return process;
    }

    private static async Task EndAsync(TestProcess holder)
    {
        await holder.WhenLineAsync("holding");
        await holder.WriteInputAsync("end\n");
        await holder.ExpectExitAsync(0);
    }
}
