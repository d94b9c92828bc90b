using System.Collections.Immutable;
using System.Text.Json;
using LockGrains.Cli.Commands;

namespace LockGrains.Cli.Tests;

public sealed class StatusTextTests
{
    private static readonly LockInfo Held = new()
    {
        Known = true,
        Holder = new HolderInfo { OwnerId = "host/1", FencingToken = 42, Lease = TimeSpan.FromSeconds(30), ExpiresIn = TimeSpan.FromSeconds(21.34) },
        QueueLength = 3,
        Waiters =
        [
            new WaiterInfo { OwnerId = "a", Ticket = 7, Attached = true },
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
                "token       42",
                "lease       30s, ends in 21.3s unless renewed",
                "waiting     3",
                "     1  a",
                "     2  (no label)  (away)",
                "        and 1 more",
            ],
            lines.Select(line => line.TrimEnd('\r')));
    }

    [Fact]
    public void ToTable_LabelWithEscapes_IsHarmless()
    {
        var holder = Held.Holder! with { OwnerId = "\u001b[2Jgone\u0007" };
        var info = Held with { Holder = holder, Waiters = ImmutableArray<WaiterInfo>.Empty, QueueLength = 0 };
        var table = StatusText.ToTable("k", info);
        Assert.DoesNotContain('\u001b', table);
        Assert.Contains("?[2Jgone?", table, StringComparison.Ordinal);
    }

    [Fact]
    public void ToTable_NeverHeld_SaysSo() =>
        Assert.Contains("none yet", StatusText.ToTable("k", new LockInfo { Known = true }), StringComparison.Ordinal);
}
