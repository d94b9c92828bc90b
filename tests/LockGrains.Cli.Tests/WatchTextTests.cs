using System.Text.Json;
using LockGrains.Cli.Commands;
using LockGrains.Cli.Connecting;
using LockGrains.Core;

namespace LockGrains.Cli.Tests;

public sealed class WatchTextTests
{
    private static readonly DateTimeOffset At = new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(1));

    private static readonly LockInfo Held = new()
    {
        Known = true,
        Holders = [new HolderInfo { OwnerId = "alice", FencingToken = 7 }],
        HolderCount = 1,
        PermitsTaken = 1,
        LastFencingToken = 7,
    };

    public static TheoryData<string, LockInfo> States => new()
    {
        { "held by nobody", new LockInfo { Known = true } },
        { "held by alice, token 7", Held },
        { "held by alice, token 7; 1 waits", Held with { QueueLength = 1 } },
        { "held by alice, token 7; 12 wait; limit 3; value here", Held with { QueueLength = 12, Limit = 3, Value = LockValue.OfText("here") } },
        { "held by alice, token 7, held back", Held with { Holders = [Held.Holders[0] with { IsHeldBack = true }] } },
        { "held by (no label), token 7", Held with { Holders = [new HolderInfo { FencingToken = 7 }] } },
        { "held by ?[2J, token 7", Held with { Holders = [new HolderInfo { OwnerId = "\u001b[2J", FencingToken = 7 }] } },
        {
            "held by 1 upgradeable holder and 1 reader; bob waits to become exclusive",
            new LockInfo
            {
                Known = true,
                Holders = [new HolderInfo { OwnerId = "bob", Mode = LockMode.Upgradeable }, new HolderInfo { Mode = LockMode.Shared }],
                HolderCount = 2,
                PermitsTaken = 2,
                Waiters = [new WaiterInfo { OwnerId = "bob", Ticket = 0 }],
            }
        },
        { "not known: nobody is there", new LockInfo { Detail = "nobody is there" } },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void ToLine_SaysWhoHoldsAndHowManyWait(string line, LockInfo info) => Assert.Equal(line, WatchText.ToLine(info));

    [Fact]
    public void At_HasTheLocalTime() => Assert.Equal("03:04:05.678  held by nobody", WatchText.At(At, "held by nobody"));

    [Fact]
    public void ToJson_IsOneLineWithTheStatus()
    {
        var text = WatchText.ToJson("door", Held, At);
        Assert.Single(text.TrimEnd().Split('\n'));
        using var json = JsonDocument.Parse(text);
        Assert.Equal(At.ToUniversalTime(), json.RootElement.GetProperty("at").GetDateTimeOffset());
        Assert.Equal("alice", json.RootElement.GetProperty("status").GetProperty("holder").GetProperty("owner").GetString());

        using var unknown = JsonDocument.Parse(WatchText.ToJson("door", new LockInfo { Detail = "away" }, At));
        Assert.False(unknown.RootElement.GetProperty("known").GetBoolean());
        Assert.Equal("away", unknown.RootElement.GetProperty("detail").GetString());
        Assert.Equal(JsonValueKind.Null, unknown.RootElement.GetProperty("status").ValueKind);
    }

    [Fact]
    public async Task Show_StatesThatReadAlike_AreOneLine()
    {
        using var output = new StringWriter();
        await WatchCommand.ShowAsync(StatesAsync(Held, Held with { LastFencingToken = 8 }, Held with { QueueLength = 1 }), "door", json: false, Context(output));

        Assert.Equal(2, output.ToString().Trim().Split('\n').Length);
    }

    [Fact]
    public async Task Show_AsJson_IsALineForEachState()
    {
        using var output = new StringWriter();
        await WatchCommand.ShowAsync(StatesAsync(Held, Held), "door", json: true, Context(output));

        Assert.Equal(2, output.ToString().Trim().Split('\n').Length);
    }

    [Fact]
    public void Status_ShowsPaceAndWhatHappened()
    {
        var info = Held with
        {
            QueueLength = 3,
            Waiters = [new WaiterInfo { OwnerId = "bob", Ticket = 1, Attached = true, WaitedFor = TimeSpan.FromSeconds(2), Estimate = TimeSpan.FromSeconds(20) }],
            Pace = TimeSpan.FromSeconds(20),
            Recent =
            [
                Event(RecentEventKind.Granted, EndReason.None, "alice", 7, 3),
                Event(RecentEventKind.HoldEnded, EndReason.Expired, "carol", 6, 15),
                Event(RecentEventKind.WaitEnded, EndReason.Dropped, "dave", 0, 150),
                Event(RecentEventKind.UpgradeEnded, EndReason.TimedOut, "erin", 0, 9_000),
            ],
        };

        Assert.Equal(
            [
                "pace        one is granted about every 20s, the last in line in about 1m",
                "recent      3s ago  granted to alice, token 7",
                "            15s ago  the lease of carol expired, token 6",
                "            2m ago  dave left the queue (no sign of life)",
                "            2h ago  erin did not become exclusive (its wait was over)",
            ],
            StatusText.ToTable("door", info).Split(Environment.NewLine).Where(line => line.Contains("pace", StringComparison.Ordinal) || line.Contains(" ago ", StringComparison.Ordinal)));
        using var json = JsonDocument.Parse(StatusText.ToJson("door", info));
        Assert.Equal(20, json.RootElement.GetProperty("paceSeconds").GetDouble());
        Assert.Equal((2, 20), (Number(json, "waitedForSeconds"), Number(json, "estimateSeconds")));
        var second = json.RootElement.GetProperty("recent")[1];
        Assert.Equal(("holdEnded", "expired", "carol", 6), (
            second.GetProperty("what").GetString(), second.GetProperty("reason").GetString(), second.GetProperty("owner").GetString(), second.GetProperty("fencingToken").GetInt32()));
    }

    [Fact]
    public void Names_OfEveryKindAndReason_AreThere()
    {
        Assert.DoesNotContain("unknown", Enum.GetValues<RecentEventKind>().Where(kind => kind != RecentEventKind.None).Select(RecentName.Of));
        Assert.DoesNotContain("unknown", Enum.GetValues<EndReason>().Select(RecentName.Of));
    }

    [Fact]
    public void Help_NamesEveryOption()
    {
        var command = LockCommandLine.Create([], _ => null).Root.Subcommands.Single(command => command.Name == "watch");

        Assert.All(command.Options, option => Assert.Contains($"  {option.Name} ", HelpText.For("watch"), StringComparison.Ordinal));
    }

    private static double Number(JsonDocument json, string name) => json.RootElement.GetProperty("waiters")[0].GetProperty(name).GetDouble();

    private static RecentEvent Event(RecentEventKind what, EndReason reason, string owner, long token, double secondsAgo) =>
        new() { What = what, Reason = reason, OwnerId = owner, FencingToken = token, Ago = TimeSpan.FromSeconds(secondsAgo) };

    private static CommandContext Context(TextWriter output) =>
        new() { Connection = new ConnectionSettings(), Verbose = false, Out = output, Error = TextWriter.Null };

    private static async IAsyncEnumerable<LockInfo> StatesAsync(params LockInfo[] states)
    {
        foreach (var state in states)
        {
            await Task.Yield();
            yield return state;
        }
    }
}
