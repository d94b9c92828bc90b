using System.Text.Json;
using LockGrains.Cli.Commands;
using LockGrains.Core;

namespace LockGrains.Cli.Tests;

public sealed class StatusTextTests
{
    private static readonly LockInfo Held = new()
    {
        Known = true,
        Silo = "Silo_1",
        FirstWaitsFor = WaitObstacle.Holders,
        Holders = [Holder("host/1", 42, LockMode.Exclusive)],
        HolderCount = 1,
        PermitsTaken = 1,
        QueueLength = 3,
        Waiters =
        [
            new WaiterInfo { OwnerId = "a", Ticket = 7, Attached = true, WaitedFor = TimeSpan.FromSeconds(61.9) },
            new WaiterInfo { OwnerId = "", Ticket = 9, Attached = false },
        ],
        LastFencingToken = 42,
    };

    [Fact]
    public void ToJson_HeldLock_HasAllMembers()
    {
        using var json = JsonDocument.Parse(StatusText.ToJson("deploy/prod", Held));
        var root = json.RootElement;
        Assert.Equal("deploy/prod", root.GetProperty("key").GetString());
        Assert.True(root.GetProperty("held").GetBoolean());
        Assert.Equal("host/1", root.GetProperty("holder").GetProperty("owner").GetString());
        Assert.Equal(42, root.GetProperty("holder").GetProperty("fencingToken").GetInt64());
        Assert.Equal(30, root.GetProperty("holder").GetProperty("leaseSeconds").GetDouble());
        Assert.Equal(21.34, root.GetProperty("holder").GetProperty("expiresInSeconds").GetDouble());
        Assert.Equal(3, root.GetProperty("queueLength").GetInt32());
        var waiters = root.GetProperty("waiters").EnumerateArray().ToList();
        Assert.Equal([1, 2], waiters.Select(waiter => waiter.GetProperty("place").GetInt32()));
        Assert.Equal([true, false], waiters.Select(waiter => waiter.GetProperty("attached").GetBoolean()));
        Assert.Equal(42, root.GetProperty("lastFencingToken").GetInt64());
        Assert.Equal("Silo_1", root.GetProperty("silo").GetString());
        Assert.Contains("served by   Silo_1", Lines(StatusText.ToTable("deploy/prod", Held)));
    }

    [Theory]
    [InlineData(false, "lease       30s, ends in 21.3s unless renewed, lock-delay 15s included")]
    [InlineData(true, "lease       30s, ran out; its lock-delay ends in 21.3s")]
    public void LockDelay_IsToldWithTheLease(bool isHeldBack, string line)
    {
        var info = Held with { Holders = [Held.Holders[0] with { LockDelay = TimeSpan.FromSeconds(15), IsHeldBack = isHeldBack }] };
        using var json = JsonDocument.Parse(StatusText.ToJson("deploy/prod", info));

        Assert.Contains(line, Lines(StatusText.ToTable("deploy/prod", info)));
        Assert.Equal(15, json.RootElement.GetProperty("holder").GetProperty("lockDelaySeconds").GetDouble());
        Assert.Equal(isHeldBack, json.RootElement.GetProperty("holder").GetProperty("isHeldBack").GetBoolean());
    }

    [Fact]
    public void Session_OfAHold_IsToldWithIt()
    {
        var sole = Held with { Holders = [Held.Holders[0] with { SessionId = "3f2a" }], Waiters = [Held.Waiters[0] with { SessionId = "77b0" }] };
        var readers = Readers(2) with { Holders = [.. Readers(2).Holders.Select(holder => holder with { SessionId = "3f2a" })] };
        using var json = JsonDocument.Parse(StatusText.ToJson("deploy/prod", sole));

        Assert.Contains("session     3f2a; the hold ends with it", Lines(StatusText.ToTable("deploy/prod", sole)));
        Assert.Contains("        r1  shared, token 1, for 2m 34s, lease 30s, ends in 21.3s unless renewed, session 3f2a", Lines(StatusText.ToTable("deploy/prod", readers)));
        Assert.Equal("3f2a", json.RootElement.GetProperty("holder").GetProperty("session").GetString());
        Assert.Equal("77b0", json.RootElement.GetProperty("waiters")[0].GetProperty("session").GetString());
    }

    [Fact]
    public void ToJson_FreeLock_HasNullHolder()
    {
        using var json = JsonDocument.Parse(StatusText.ToJson("k", new LockInfo { Known = true }));
        Assert.False(json.RootElement.GetProperty("held").GetBoolean());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("holder").ValueKind);
        Assert.Empty(json.RootElement.GetProperty("waiters").EnumerateArray());
    }

    [Fact]
    public void ToTable_HeldLock_ShowsHolderAndQueue()
    {
        var lines = StatusText.ToTable("deploy/prod", Held).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                "lock        deploy/prod",
                "held by     host/1",
                "held for    2m 34s",
                "token       42",
                "lease       30s, ends in 21.3s unless renewed",
                "waiting     3",
                "why         the first waits for the holder",
                "     1  a  for 1m 1s",
                "     2  (no label)  for 0s  (away)",
                "        and 1 more",
                "served by   Silo_1",
            ],
            lines.Select(line => line.TrimEnd('\r')));
    }

    [Fact]
    public void ToTable_LabelWithEscapes_IsHarmless()
    {
        var holder = Held.Holder! with { OwnerId = "\u001b[2Jgone\u0007" };
        var info = Held with { Holders = [holder], Waiters = [], QueueLength = 0 };
        var table = StatusText.ToTable("k", info);
        Assert.DoesNotContain('\u001b', table);
        Assert.Contains("?[2Jgone?", table, StringComparison.Ordinal);
    }

    [Fact]
    public void ToTable_SharedHolderAndUpgradeWithEscapes_AreHarmless()
    {
        const string evil = "\u001b[2Jgone\u0007";
        var table = StatusText.ToTable("k", Upgrading with
        {
            Holders = [.. Upgrading.Holders.Select(holder => holder with { OwnerId = evil })],
            Waiters = [.. Upgrading.Waiters.Select(waiter => waiter with { OwnerId = evil })],
        });
        Assert.DoesNotContain('\u001b', table);
        Assert.DoesNotContain('\u0007', table);
    }

    [Fact]
    public void ToTable_NoTokenKept_SaysSo() =>
        Assert.Contains("last token  none kept", StatusText.ToTable("k", new LockInfo { Known = true }), StringComparison.Ordinal);

    [Fact]
    public void ToTable_Permits_ShowsHoldersNumbersAndWhyTheFirstWaits() => Assert.Equal(
        [
            "lock        pool",
            "held by     2 holders of permits, 4 permits taken",
            "        host/1  3 permits of 5, numbers 0-1, 4, token 42, for 2m 34s, lease 30s, ends in 21.3s unless renewed",
            "        host/2  1 permit of 5, number 2, token 43, for 2m 34s, lease 30s, ends in 21.3s unless renewed",
            "last token  43",
            "waiting     2",
            "why         the first asks 3 permits, 1 of 5 is free",
            "     1  host/3  3 permits of 5, for 1m 1s",
            "     2  host/4  exclusive, for 1m 1s",
        ],
        Lines(StatusText.ToTable("pool", Pool)));

    [Fact]
    public void ToTable_Upgrade_ShowsWhomItWaitsForAndIsNotInTheQueue() => Assert.Equal(
        [
            "lock        doc",
            "held by     1 upgradeable holder and 4 readers",
            "        editor  upgradeable, token 42, for 2m 34s, lease 30s, ends in 21.3s unless renewed",
            "        r1  shared, token 43, for 2m 34s, lease 30s, ends in 21.3s unless renewed",
            "        r2  shared, token 44, for 2m 34s, lease 30s, ends in 21.3s unless renewed",
            "        r3  shared, token 45, for 2m 34s, lease 30s, ends in 21.3s unless renewed",
            "        r4  shared, token 46, for 2m 34s, lease 30s, ends in 21.3s unless renewed",
            "last token  46",
            "upgrade     editor waits for r1, r2, r3, 1 more; meanwhile nobody else is granted the lock",
            "waiting     1",
            "why         the first waits for the upgrade, which goes before the queue",
            "     1  r5  shared, for 1m 1s",
        ],
        Lines(StatusText.ToTable("doc", Upgrading)));

    [Fact]
    public void ToTable_MoreHoldersThanAreListed_CountsTheRest()
    {
        var lines = Lines(StatusText.ToTable("doc", Readers(2) with { HolderCount = 150, PermitsTaken = 150 }));
        Assert.Equal("held by     150 holders", lines[1]);
        Assert.Equal("        and 148 more", lines[4]);
    }

    [Fact]
    public void ToJson_Permits_HasAllHoldersWithNumbersAndTheReason()
    {
        using var json = JsonDocument.Parse(StatusText.ToJson("pool", Pool));
        var root = json.RootElement;
        Assert.Equal("host/1", root.GetProperty("holder").GetProperty("owner").GetString());
        Assert.Equal(2, root.GetProperty("holderCount").GetInt32());
        Assert.Equal(4, root.GetProperty("permitsTaken").GetInt64());
        var holder = root.GetProperty("holders")[0];
        Assert.Equal("shared", holder.GetProperty("mode").GetString());
        Assert.Equal(3, holder.GetProperty("permits").GetInt32());
        Assert.Equal(5, holder.GetProperty("limit").GetInt32());
        Assert.Equal([0, 1, 4], holder.GetProperty("permitNumbers").EnumerateArray().Select(number => number.GetInt32()));
        Assert.Equal(2, root.GetProperty("holders").GetArrayLength());
        var waiters = root.GetProperty("waiters").EnumerateArray().ToList();
        Assert.Equal(["shared", "exclusive"], waiters.Select(waiter => waiter.GetProperty("mode").GetString()));
        Assert.Equal(3, waiters[0].GetProperty("permits").GetInt32());
        Assert.Equal(5, waiters[0].GetProperty("limit").GetInt32());
        Assert.Equal(JsonValueKind.Null, waiters[1].GetProperty("limit").ValueKind);
        Assert.Equal("the first asks 3 permits, 1 of 5 is free", root.GetProperty("why").GetString());
        Assert.Equal("limit", root.GetProperty("firstWaitsFor").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("upgrade").ValueKind);
    }

    [Fact]
    public void ToJson_Upgrade_IsBesideTheQueueAndSaysWhomItWaitsFor()
    {
        using var json = JsonDocument.Parse(StatusText.ToJson("doc", Upgrading));
        var root = json.RootElement;
        var upgrade = root.GetProperty("upgrade");
        Assert.Equal("editor", upgrade.GetProperty("owner").GetString());
        Assert.True(upgrade.GetProperty("attached").GetBoolean());
        Assert.Equal(["r1", "r2", "r3", "r4"], upgrade.GetProperty("waitsFor").EnumerateArray().Select(owner => owner.GetString()));
        Assert.Equal(4, upgrade.GetProperty("waitsForCount").GetInt32());
        var waiter = Assert.Single(root.GetProperty("waiters").EnumerateArray());
        Assert.Equal("r5", waiter.GetProperty("owner").GetString());
        Assert.Equal(1, waiter.GetProperty("place").GetInt32());
        Assert.Equal("upgradeable", root.GetProperty("holders")[0].GetProperty("mode").GetString());
    }

    [Theory]
    [InlineData(2, 3, null, "the first asks 2 permits, 1 of 3 is free")]
    [InlineData(1, 2, null, "the first asks 1 permit, 0 of 2 are free")]
    [InlineData(1, 1, null, "the first asks 1 permit, 0 of 1 are free")]
    [InlineData(1, null, 2, "the first asks 1 permit, 0 of 2 are free")]
    [InlineData(2, 9, 3, "the first asks 2 permits, 1 of 3 is free")]
    [InlineData(2, 3, 9, "the first asks 2 permits, 1 of 3 is free")]
    public void Reason_ALimit_SaysHowManyAreFree(int permits, int? limit, int? limitOfKey, string why) => Assert.Equal(
        why, ReasonOf(Readers(2) with { FirstWaitsFor = WaitObstacle.Limit, Limit = limitOfKey }, Waiter("w", 1, LockMode.Shared, permits, limit)));

    [Theory]
    [InlineData(WaitObstacle.Holders, "the first waits for 2 readers")]
    [InlineData(WaitObstacle.Upgradeable, "the first waits for the upgradeable holder")]
    [InlineData(WaitObstacle.HoldersMax, "the first waits for one of 2 holders: the silo allows no more")]
    [InlineData(WaitObstacle.Upgrade, "the first waits for the upgrade, which goes before the queue")]
    [InlineData(WaitObstacle.None, "the first is granted the lock at the next sign of life of its client, and dropped without one")]
    public void Reason_IsTheSilos(WaitObstacle obstacle, string why) =>
        Assert.Equal(why, ReasonOf(Readers(2) with { FirstWaitsFor = obstacle }, Waiter("w", 1, LockMode.Shared)));

    [Fact]
    public void Reason_AMutex_WaitsForTheHolder() => Assert.Equal(
        "the first waits for the holder",
        ReasonOf(new LockInfo { Known = true, Holders = [Holder("h", 1, LockMode.Exclusive)], HolderCount = 1, FirstWaitsFor = WaitObstacle.Holders }, Waiter("w", 1, LockMode.Exclusive)));

    [Fact]
    public void Reason_FirstThatFitsAndIsAway_IsWaitedForUntilItCalls() => Assert.Equal(
        "the first is away: it is granted the lock when its client calls, and dropped when it does not",
        ReasonOf(Readers(2), Waiter("w", 1, LockMode.Shared) with { Attached = false }));

    [Fact]
    public void Reason_NobodyInLine_IsNone()
    {
        Assert.Null(WaitReason.Find(Readers(2)));
        Assert.Null(WaitReason.Find(Upgrading with { QueueLength = 0, Waiters = [Upgrading.Waiters[0]] }));
    }

    [Theory]
    [InlineData(0, "revoked 'k': 1 hold ended, with token 9")]
    [InlineData(1, "revoked 'k': 1 hold ended, with token 9")]
    [InlineData(3, "revoked 'k': 3 holds ended, the largest token was 9")]
    public void Revoke_Reply_SaysHowManyHoldsEnded(int count, string line) =>
        Assert.Equal(line, RevokeCommand.Describe("k", new RevokeReply { Status = RevokeStatus.Revoked, FencingToken = 9, Count = count }));

    [Theory]
    [InlineData(0.9, "0s")]
    [InlineData(59.9, "59s")]
    [InlineData(154, "2m 34s")]
    [InlineData(3_600, "1h 0m")]
    [InlineData(18_780, "5h 13m")]
    [InlineData(273_600, "3d 4h")]
    public void InTwoUnits_ATime_IsNotRoundedUp(double seconds, string text) => Assert.Equal(text, RecentText.InTwoUnits(TimeSpan.FromSeconds(seconds)));

    private static string? ReasonOf(LockInfo info, WaiterInfo first) => WaitReason.Find(info with { QueueLength = 1, Waiters = [first] });

    private static LockInfo Pool => new()
    {
        Known = true,
        FirstWaitsFor = WaitObstacle.Limit,
        Holders =
        [
            Holder("host/1", 42, LockMode.Shared) with { Permits = 3, Limit = 5, PermitNumbers = [0, 1, 4] },
            Holder("host/2", 43, LockMode.Shared) with { Permits = 1, Limit = 5, PermitNumbers = [2] },
        ],
        HolderCount = 2,
        PermitsTaken = 4,
        QueueLength = 2,
        Waiters = [Waiter("host/3", 7, LockMode.Shared, permits: 3, limit: 5), Waiter("host/4", 8, LockMode.Exclusive)],
        LastFencingToken = 43,
    };

    private static LockInfo Upgrading => new()
    {
        Known = true,
        FirstWaitsFor = WaitObstacle.Upgrade,
        Holders = [Holder("editor", 42, LockMode.Upgradeable), .. Enumerable.Range(1, 4).Select(number => Holder($"r{number}", 42 + number, LockMode.Shared))],
        HolderCount = 5,
        PermitsTaken = 5,
        QueueLength = 1,
        Waiters = [Waiter("editor", 0, LockMode.Exclusive), Waiter("r5", 7, LockMode.Shared)],
        LastFencingToken = 46,
    };

    private static LockInfo Readers(int count) => new()
    {
        Known = true,
        Holders = [.. Enumerable.Range(1, count).Select(number => Holder($"r{number}", number, LockMode.Shared))],
        HolderCount = count,
        PermitsTaken = count,
        LastFencingToken = count,
    };

    private static HolderInfo Holder(string owner, long token, LockMode mode) => new()
    {
        OwnerId = owner,
        FencingToken = token,
        Lease = TimeSpan.FromSeconds(30),
        ExpiresIn = TimeSpan.FromSeconds(21.34),
        HeldFor = TimeSpan.FromSeconds(154.9),
        Mode = mode,
    };

    private static WaiterInfo Waiter(string owner, long ticket, LockMode mode, int permits = 1, int? limit = null) =>
        new() { OwnerId = owner, Ticket = ticket, Attached = true, Mode = mode, Permits = permits, Limit = limit, WaitedFor = TimeSpan.FromSeconds(61.9) };

    private static IReadOnlyList<string> Lines(string table) => [.. table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r'))];
}
