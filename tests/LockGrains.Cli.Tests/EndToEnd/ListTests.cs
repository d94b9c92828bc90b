using System.Text.Json;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary><c>lockgrains list</c> and <c>lockgrains watch --prefix</c> show what <c>lockgrains run</c> does, against a real silo.</summary>
public sealed class ListTests : IClassFixture<SingleSiloFixture>, IDisposable
{
    private readonly SingleSiloFixture _silo;
    private readonly List<TestProcess> _processes = [];

    public ListTests(SingleSiloFixture silo) => _silo = silo;

    public void Dispose() => _processes.ForEach(process => process.Dispose());

    [Fact]
    public async Task List_ShowsWhatIsHeldAndWaitedFor()
    {
        var holder = Run("list/a", "alice");
        await holder.WhenLineAsync("holding");
        var other = Run("list/b", "bob");
        await other.WhenLineAsync("holding");
        var watch = Add(_silo.Cli("watch", "list/a"));
        var waiter = Run("list/a", "carol");
        await watch.WhenLineAsync("; 1 waits");

        var all = Add(_silo.Cli("list", "list/"));
        await all.ExpectExitAsync(ExitCode.Success);
        Assert.Equal(3, all.Out.Count);
        Assert.Matches("^KEY +HELD BY +TOKEN +HELD FOR +ENDS IN +WAITING +LONGEST WAIT$", all.Out[0]);
        Assert.Contains(all.Out, line => line.StartsWith("list/a  alice ", StringComparison.Ordinal));
        var waited = Add(_silo.Cli("list", "list/", "--waited", "--json"));
        await waited.ExpectExitAsync(ExitCode.Success);
        using var json = JsonDocument.Parse(Assert.Single(waited.Out));
        Assert.Equal(("list/a", 1), (json.RootElement.GetProperty("key").GetString(), json.RootElement.GetProperty("queueLength").GetInt32()));
        var first = Add(_silo.Cli("list", "list/", "--held", "--json", "--limit", "1"));
        await first.ExpectExitAsync(ExitCode.Success);
        Assert.Contains("\"list/a\"", Assert.Single(first.Out), StringComparison.Ordinal);
        Assert.Contains(first.Error, line => line == "lockgrains: there are more than 1");
        await EndAsync(holder);
        await EndAsync(waiter);
        await EndAsync(other);
    }

    [Fact]
    public async Task WatchPrefix_ShowsWhatRunDoes_AndEndsWithASignal()
    {
        var watch = Add(Programs.StartCli(["watch", "--prefix", "seen/", "--server", _silo.Url]));
        var first = Run("seen/a", "alice");
        await watch.WhenLineAsync("seen/a  held by alice, token ");
        var second = Run("seen/a", "bob");
        await watch.WhenLineAsync("; 1 waits");
        await EndAsync(first);
        await watch.WhenLineAsync("seen/a  held by bob, token ");
        await EndAsync(second);
        await watch.WhenLineAsync("seen/a  held by nobody");

        watch.Signal(2);
        await watch.ExpectExitAsync(ExitCode.SignalBase + 2);
        Assert.Empty(watch.Error);
        Assert.All(watch.Out, line => Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3}  seen/a  held by ", line));
    }

    [Fact]
    public async Task WatchPrefix_Json_PrintsAnObjectALine()
    {
        var watch = Add(Programs.StartCli(["watch", "--prefix", "json/", "--json", "--server", _silo.Url]));
        using var nothing = JsonDocument.Parse(await watch.WhenLineAsync("\"key\":null"));
        Assert.True(nothing.RootElement.GetProperty("known").GetBoolean());
        var run = Run("json/a", "alice");
        using var held = JsonDocument.Parse(await watch.WhenLineAsync("\"json/a\""));
        Assert.Equal("alice", held.RootElement.GetProperty("lock").GetProperty("owner").GetString());
        await EndAsync(run);
        await watch.WhenLineAsync("\"isGone\":true");
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
