using System.Text.Json;
using LockGrains.Cli.Commands;
using LockGrains.Cli.Connecting;
using LockGrains.Cli.Watching;

namespace LockGrains.Cli.Tests;

/// <summary>Live locks as a table, as lines and as JSON.</summary>
public sealed class ListTextTests
{
    private static readonly DateTimeOffset At = new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(1));

    private static readonly LockSummary Held = new()
    {
        Key = "orders/42",
        HolderCount = 1,
        OwnerId = "alice",
        FencingToken = 7,
        PermitsTaken = 1,
        HeldFor = TimeSpan.FromMinutes(5),
        ExpiresIn = TimeSpan.FromSeconds(21),
    };

    public static TheoryData<string, LockSummary> Lines => new()
    {
        { "orders/42  held by alice, token 7", Held },
        { "orders/42  held by alice, token 7; 1 waits", Held with { QueueLength = 1 } },
        { "orders/42  held by alice, token 7; 12 wait", Held with { QueueLength = 12 } },
        { "orders/42  held by alice, held back, token 7", Held with { IsHeldBack = true } },
        { "orders/42  held by alice and 2 more, shared, token 7", Held with { HolderCount = 3, PermitsTaken = 3, Mode = LockMode.Shared } },
        { "orders/42  held by alice, 2 of 3 permits, token 7", Held with { PermitsTaken = 2, Limit = 3, Mode = LockMode.Shared } },
        { "orders/42  held by alice and 1 more, 5 permits, token 7", Held with { HolderCount = 2, PermitsTaken = 5, Mode = LockMode.Shared } },
        { "orders/42  held by alice and 1 more, upgradeable, token 7; an upgrade waits", Held with { HolderCount = 2, Mode = LockMode.Upgradeable, IsUpgrading = true } },
        { "orders/42  held by alice, upgradeable, token 7; 2 and an upgrade wait", Held with { Mode = LockMode.Upgradeable, IsUpgrading = true, QueueLength = 2 } },
        { "orders/42  held by nobody; 1 waits", new LockSummary { Key = "orders/42", QueueLength = 1 } },
        { "orders/42  held by (no label), token 7", Held with { OwnerId = "" } },
        { "orders/42  held by ?[2J, token 7", Held with { OwnerId = "\u001b[2J" } },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void ToLine_SaysWhoHoldsAndHowManyWait(string line, LockSummary summary) => Assert.Equal(line, ListText.ToLine(summary));

    [Fact]
    public void ToTable_IsAligned()
    {
        var waited = Held with { Key = "a", OwnerId = "\u001b[2J", QueueLength = 12, LongestWait = TimeSpan.FromSeconds(61) };

        Assert.Equal(
            [
                "KEY        HELD BY  TOKEN  HELD FOR  ENDS IN  WAITING  LONGEST WAIT",
                "a          ?[2J     7      5m        21s      12       61s",
                "orders/42  alice    7      5m        21s      0        -",
            ],
            ListText.ToTable([waited, Held]).Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void ToJson_IsOneLine()
    {
        var text = ListText.ToJson(Held with { Limit = 3, QueueLength = 2, LongestWait = TimeSpan.FromSeconds(1.5) });
        Assert.Single(text.TrimEnd().Split('\n'));
        using var json = JsonDocument.Parse(text);
        var root = json.RootElement;
        Assert.Equal(("orders/42", true, "alice", 7, "exclusive"), (
            root.GetProperty("key").GetString(), root.GetProperty("held").GetBoolean(), root.GetProperty("owner").GetString(),
            root.GetProperty("fencingToken").GetInt64(), root.GetProperty("mode").GetString()));
        Assert.Equal((300, 21, 1.5), (
            root.GetProperty("heldForSeconds").GetDouble(), root.GetProperty("expiresInSeconds").GetDouble(), root.GetProperty("longestWaitSeconds").GetDouble()));
        Assert.Equal((3, 2), (root.GetProperty("limit").GetInt32(), root.GetProperty("queueLength").GetInt32()));
    }

    [Theory]
    [InlineData(null, "a,b,c,d", "")]
    [InlineData(4, "a,b,c,d", "")]
    [InlineData(3, "a,b,c", "lockgrains: there are more than 3")]
    [InlineData(2, "a,b", "lockgrains: there are more than 2")]
    [InlineData(1, "a", "lockgrains: there are more than 1")]
    public async Task List_WithALimit_EndsThere_AndSaysSo(int? limit, string keys, string error)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        LockListPage[] pages = [Page("a", "b") with { Next = "b" }, Page("c", "d")];

        Assert.Equal(ExitCode.Success, await ListCommand.ShowAsync(All(pages), limit, json: true, Context(output, errors)));
        Assert.Equal(keys, string.Join(',', output.ToString().Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("key").GetString())));
        Assert.Equal(error, errors.ToString().Trim());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task List_OfSilosThatDoNotReply_SaysSoAndExits69(bool json)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        Assert.Equal(ExitCode.Unavailable, await ListCommand.ShowAsync(All(Page("a") with { SilosMissing = ["s1 (h:1)", "s2 (h:2)"] }), limit: null, json, Context(output, errors)));
        Assert.Equal("lockgrains: no reply from s1 (h:1), s2 (h:2): the locks there are not listed", errors.ToString().Trim());
        Assert.Contains("a", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WatchPrefix_IsALineForEachChange()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        await WatchCommand.ShowPrefixAsync(
            All(
                new LockListUpdate { Changed = [Held, Held with { Key = "b", QueueLength = 1 }] },
                new LockListUpdate { Gone = ["b"], SilosMissing = ["s1"] },
                new LockListUpdate { Known = false, Detail = "away" },
                new LockListUpdate()),
            json: false,
            Context(output, errors));

        Assert.Equal(
            ["orders/42  held by alice, token 7", "b  held by alice, token 7; 1 waits", "b  held by nobody", "not known: away"],
            output.ToString().Trim().Split('\n').Select(line => line[14..]));
        Assert.Equal(
            ["lockgrains: no reply from s1: what is there is not known just now", "lockgrains: all silos reply again"],
            errors.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void WatchPrefix_Json_IsALineForEachChange_AndOneWhereNoneHas()
    {
        JsonElement[] lines = [.. WatchText.ToJsonLines(new LockListUpdate { Changed = [Held], Gone = ["b"], SilosMissing = ["s1"] }, At).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["orders/42", "b"], lines.Select(line => line.GetProperty("key").GetString()));
        Assert.Equal([false, true], lines.Select(line => line.GetProperty("isGone").GetBoolean()));
        Assert.Equal("alice", lines[0].GetProperty("lock").GetProperty("owner").GetString());
        Assert.Equal((JsonValueKind.Null, "s1"), (lines[1].GetProperty("lock").ValueKind, lines[1].GetProperty("silosMissing")[0].GetString()));

        var unknown = JsonDocument.Parse(Assert.Single(WatchText.ToJsonLines(new LockListUpdate { Known = false, Detail = "away" }, At))).RootElement;
        Assert.Equal((false, "away"), (unknown.GetProperty("known").GetBoolean(), unknown.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task Table_OnATerminal_IsDrawnAnew_WithoutEscapesOfOthers()
    {
        using var output = new StringWriter();
        var view = View(output, height: 24);
        await WatchCommand.ShowTableAsync(
            All(
                new LockListUpdate { Changed = [Held with { OwnerId = "[red]\u001b[2J" }, Held with { Key = "b" }] },
                new LockListUpdate { Gone = ["b"], SilosMissing = ["s1"] }),
            view,
            Context(output, TextWriter.Null));

        var text = output.ToString();
        Assert.Contains("[red]?[2J", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", text, StringComparison.Ordinal);
        Assert.Contains("2 locks at ", text, StringComparison.Ordinal);
        Assert.Matches("1 lock at .*no reply from s1", text);
        Assert.Contains("\u001b[", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_ThatDoesNotFit_SaysHowManyMoreThereAre()
    {
        var table = new PrefixTable();
        table.Take(new LockListUpdate { Changed = [.. Enumerable.Range(0, 30).Select(number => Held with { Key = $"key/{number:00}" })] }, At);
        table.Take(new LockListUpdate { Known = false, Detail = "away" }, At);
        var lines = table.Draw(At, height: 14);

        Assert.Equal(14 - 1, lines.Count);
        var text = string.Join('\n', lines);
        Assert.Contains("key/10", text, StringComparison.Ordinal);
        Assert.DoesNotContain("key/11", text, StringComparison.Ordinal);
        Assert.Contains("30 locks at 03:04:05; 19 more than fit; not known: away", text, StringComparison.Ordinal);
        Assert.Contains("02:59:05", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Lock_OnATerminal_IsItsStatusWithTheTime()
    {
        var context = Context(TextWriter.Null, TextWriter.Null);
        var known = WatchCommand.Draw("door", new LockInfo { Known = true, QueueLength = 0 }, context);
        Assert.Equal("lock        door", known[0]);
        Assert.Matches(@"^as of       \d\d:\d\d:\d\d$", known[^1]);
        Assert.EndsWith("not known: away", Assert.Single(WatchCommand.Draw("door", new LockInfo { Detail = "away" }, context)), StringComparison.Ordinal);
    }

    [Fact]
    public void View_OfWhatIsNoTerminal_IsNone() => Assert.Null(LiveView.TryCreate(TextWriter.Null, isTerminal: false));

    /// <summary>What is drawn last is all that is seen, whether it is longer or shorter than what was there before.</summary>
    [Fact]
    public async Task View_EachState_IsDrawnOverTheOneBefore()
    {
        using var output = new StringWriter();
        await View(output, height: 4).ShowAsync(All(1, 5, 2), count => [.. Enumerable.Range(1, count).Select(line => $"{count}.{line}")]);

        Assert.Equal(
            "\e[?25l"
            + "\e[?7l\r1.1\e[K\n\e[J\e[?7h"
            + "\e[?7l\r\e[1A5.1\e[K\n5.2\e[K\n...\e[K\n\e[J\e[?7h"
            + "\e[?7l\r\e[3A2.1\e[K\n2.2\e[K\n\e[J\e[?7h"
            + "\e[?25h",
            output.ToString());
    }

    private static LiveView View(TextWriter output, int height) => new(output, () => height);

    private static LockListPage Page(params string[] keys) => new() { Locks = [.. keys.Select(key => Held with { Key = key })] };

    private static CommandContext Context(TextWriter output, TextWriter error) =>
        new() { Connection = new ConnectionSettings(), Verbose = false, Out = output, Error = error };

    private static async IAsyncEnumerable<T> All<T>(params T[] items)
    {
        foreach (var item in items)
        {
            await Task.Yield();
            yield return item;
        }
    }
}
