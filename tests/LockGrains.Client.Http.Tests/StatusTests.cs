using System.Net;
using LockGrains.Client.Http.Tests.Harness;
using LockGrains.Core;

namespace LockGrains.Client.Http.Tests;

/// <summary>Each status and each problem is the reply that it stands for, and no other.</summary>
public sealed class StatusTests : IDisposable
{
    private static readonly Guid LeaseId = Guid.Parse("11111111-2222-3333-4444-555555555555");

    private readonly FakeServers _servers = new();
    private readonly HttpTransport _transport;
    private readonly IRemoteLock _lock;

    public StatusTests()
    {
        _transport = _servers.Connect("a");
        _lock = _transport.GetLock("k");
    }

    public void Dispose()
    {
        _transport.Dispose();
        _servers.Dispose();
    }

    [Fact]
    public async Task Acquire_Granted_HasAllOfTheGrant()
    {
        Reply("""{"outcome":"granted","key":"k","fencingToken":7,"validForSeconds":5.5,"leaseSeconds":30,"permitNumbers":[2,3],"valueVersion":4,"later":true}""");

        var reply = await AcquireAsync();

        Assert.Equal((AcquireStatus.Granted, 7, 4), (reply.Status, reply.FencingToken, reply.ValueVersion));
        Assert.Equal((TimeSpan.FromSeconds(5.5), TimeSpan.FromSeconds(30)), (reply.ValidFor, reply.Lease));
        Assert.Equal([2, 3], reply.PermitNumbers.AsEnumerable());
    }

    [Fact]
    public async Task Acquire_Queued_HasThePlace()
    {
        Reply(
            """{"outcome":"queued","key":"k","place":3,"queueLength":9,"estimateSeconds":1.5,"nextPollSeconds":0,"keepPlaceSeconds":6}""", HttpStatusCode.Accepted);

        var reply = await AcquireAsync();

        Assert.Equal((AcquireStatus.Queued, 3, 9, TimeSpan.FromSeconds(1.5)), (reply.Status, reply.Place, reply.QueueLength, reply.Estimate));
    }

    [Theory]
    [InlineData(423, "busy", DenyReason.Busy)]
    [InlineData(423, "timed-out", DenyReason.TimedOut)]
    [InlineData(429, "queue-full", DenyReason.QueueFull)]
    [InlineData(409, "ended", DenyReason.Ended)]
    [InlineData(409, "session-ended", DenyReason.SessionEnded)]
    [InlineData(409, "over-limit", DenyReason.Limit)]
    [InlineData(409, "other-request", DenyReason.Invalid)]
    [InlineData(400, "invalid", DenyReason.Invalid)]
    [InlineData(413, "too-large", DenyReason.Invalid)]
    public async Task Acquire_Problem_IsADenialForItsReason(int status, string code, DenyReason reason)
    {
        _servers.On("a", _ => FakeServers.Problem(status, code, ",\"queueLength\":5"));

        var reply = await AcquireAsync();

        Assert.Equal((AcquireStatus.Denied, reason, 5, $"detail of {code}"), (reply.Status, reply.Reason, reply.QueueLength, reply.Detail));
    }

    [Fact]
    public async Task Upgrade_HoldIsOver_IsNotHeld_AndForAnAcquireThatIsUnknown()
    {
        _servers.On("a", _ => FakeServers.Problem(409, "not-held"));

        var upgrade = await _lock.UpgradeAsync(new UpgradeRequest { LeaseId = LeaseId, Change = 1 }, CancellationToken.None);

        Assert.Equal((AcquireStatus.Denied, DenyReason.NotHeld), (upgrade.Status, upgrade.Reason));
        Assert.Equal(AcquireStatus.Unknown, (await AcquireAsync()).Status);
    }

    [Fact]
    public async Task Renew_EachReply_IsWhatItSays()
    {
        Reply("""{"outcome":"renewed","key":"k","validForSeconds":30,"waiting":2}""");
        var renewed = await _lock.RenewAsync(LeaseId, CancellationToken.None);
        _servers.On("a", _ => FakeServers.Problem(409, "not-held", ",\"end\":\"revoked\""));
        var notHeld = await _lock.RenewAsync(LeaseId, CancellationToken.None);

        Assert.Equal((RenewStatus.Renewed, TimeSpan.FromSeconds(30), 2), (renewed.Status, renewed.ValidFor, renewed.Waiters));
        Assert.Equal((RenewStatus.NotHeld, EndReason.Revoked), (notHeld.Status, notHeld.End));
    }

    [Fact]
    public async Task Release_EachReply_IsWhatItSays()
    {
        Reply("""{"outcome":"released","key":"k"}""");
        Assert.Equal(ReleaseStatus.Released, (await _lock.ReleaseAsync(LeaseId, CancellationToken.None)).Status);

        _servers.On("a", _ => FakeServers.Problem(409, "not-held", ",\"end\":\"expired\""));
        var notHeld = await _lock.ReleaseAsync(LeaseId, CancellationToken.None);
        Assert.Equal((ReleaseStatus.NotHeld, EndReason.Expired), (notHeld.Status, notHeld.End));
    }

    [Theory]
    [InlineData("cancelled", CancelStatus.Cancelled)]
    [InlineData("released", CancelStatus.Released)]
    [InlineData("not-held", CancelStatus.NotHeld)]
    [InlineData("something", CancelStatus.Unknown)]
    public async Task Cancel_EachReply_IsWhatItSays(string outcome, CancelStatus status)
    {
        Reply($$"""{"outcome":"{{outcome}}","key":"k"}""");

        Assert.Equal(status, (await _lock.CancelAsync(LeaseId, CancellationToken.None)).Status);
    }

    [Theory]
    [InlineData("current", VerifyStatus.Current)]
    [InlineData("not-held", VerifyStatus.NotHeld)]
    [InlineData("something", VerifyStatus.Unknown)]
    public async Task Verify_EachReply_IsWhatItSays(string outcome, VerifyStatus status)
    {
        Reply($$"""{"outcome":"{{outcome}}","key":"k","current":true,"lastFencingToken":8}""");

        Assert.Equal(status, (await _lock.VerifyAsync(LeaseId, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task Downgrade_EachReply_IsWhatItSays()
    {
        var request = new DowngradeRequest { LeaseId = LeaseId, Change = 1 };
        Reply("""{"outcome":"changed","key":"k","mode":"shared","permits":1,"fencingToken":3}""");
        var changed = await _lock.DowngradeAsync(request, CancellationToken.None);
        _servers.On("a", _ => FakeServers.Problem(409, "not-held"));
        var notHeld = await _lock.DowngradeAsync(request, CancellationToken.None);
        _servers.On("a", _ => FakeServers.Problem(400, "invalid"));
        var refused = await _lock.DowngradeAsync(request, CancellationToken.None);

        Assert.Equal((ChangeStatus.Changed, LockMode.Shared, 1, 3), (changed.Status, changed.Mode, changed.Permits, changed.FencingToken));
        Assert.Equal(ChangeStatus.NotHeld, notHeld.Status);
        Assert.Equal((ChangeStatus.Refused, "detail of invalid"), (refused.Status, refused.Detail));
    }

    [Fact]
    public async Task SetValue_EachReply_IsWhatItSays()
    {
        Reply("""{"outcome":"set","key":"k","value":{"text":"hi","base64":"aGk=","keepForSeconds":60},"version":2}""");
        var set = await SetValueAsync();
        _servers.On("a", _ => FakeServers.Problem(409, "conflict", ",\"version\":9"));
        var conflict = await SetValueAsync();
        _servers.On("a", _ => FakeServers.Problem(409, "not-held", ",\"end\":\"expired\""));
        var notHeld = await SetValueAsync();
        _servers.On("a", _ => FakeServers.Problem(413, "too-large"));
        var refused = await SetValueAsync();

        Assert.Equal((ValueStatus.Current, 2, LockValue.OfText("hi", TimeSpan.FromMinutes(1))), (set.Status, set.Version, set.Value));
        Assert.Equal((ValueStatus.Conflict, 9), (conflict.Status, conflict.Version));
        Assert.Equal((ValueStatus.NotHeld, EndReason.Expired), (notHeld.Status, notHeld.End));
        Assert.Equal(ValueStatus.Refused, refused.Status);
    }

    [Fact]
    public async Task GetValue_EachReply_IsWhatItSays()
    {
        Reply("""{"key":"k","value":null,"version":5}""");
        var none = await _lock.GetValueAsync(CancellationToken.None);
        _servers.On("a", _ => FakeServers.Problem(503, "unavailable"));
        var unknown = await _lock.GetValueAsync(CancellationToken.None);

        Assert.Equal((ValueStatus.Current, 5, null), (none.Status, none.Version, none.Value));
        Assert.Equal(ValueStatus.Unknown, unknown.Status);
    }

    [Fact]
    public async Task SetLimit_EachReply_IsWhatItSays()
    {
        Reply("""{"outcome":"set","key":"k","limit":null,"version":1}""");
        var set = await _lock.SetLimitAsync(null, 0, CancellationToken.None);
        _servers.On("a", _ => FakeServers.Problem(409, "conflict", ",\"version\":3"));
        var conflict = await _lock.SetLimitAsync(4, 0, CancellationToken.None);
        _servers.On("a", _ => FakeServers.Problem(400, "invalid"));
        var refused = await _lock.SetLimitAsync(0, 0, CancellationToken.None);

        Assert.Equal((LimitStatus.Current, null, 1), (set.Status, set.Limit, set.Version));
        Assert.Equal((LimitStatus.Conflict, 3), (conflict.Status, conflict.Version));
        Assert.Equal(LimitStatus.Refused, refused.Status);
    }

    [Fact]
    public async Task Revoke_EachReply_IsWhatItSays()
    {
        Reply("""{"outcome":"revoked","key":"k","fencingToken":12,"count":2}""");
        var revoked = await _lock.RevokeAsync(0, CancellationToken.None);
        _servers.On("a", _ => FakeServers.Problem(409, "not-held"));
        var notHeld = await _lock.RevokeAsync(12, CancellationToken.None);

        Assert.Equal((RevokeStatus.Revoked, 12, 2), (revoked.Status, revoked.FencingToken, revoked.Count));
        Assert.Equal(RevokeStatus.NotHeld, notHeld.Status);
        Assert.Equal(["""{"key":"k","fencingToken":0,"force":true}""", """{"key":"k","fencingToken":12,"force":false}"""], _servers.Sent.Select(one => one.Body));
    }

    [Fact]
    public async Task Info_OfALock_IsReadBack()
    {
        Reply("""
            {"key":"k","held":true,"holder":null,"queueLength":1,
             "waiters":[{"place":1,"owner":"bob","ticket":4,"attached":true,"mode":"shared","permits":2,"limit":3,"waitedForSeconds":1,"estimateSeconds":null,"session":null}],
             "lastFencingToken":7,
             "holders":[{"owner":"alice","fencingToken":7,"leaseSeconds":30,"expiresInSeconds":20,"mode":"upgradeable","permits":1,"limit":null,"permitNumbers":[],
               "lockDelaySeconds":0,"isHeldBack":false,"heldForSeconds":10,"session":"s"}],
             "holderCount":1,"permitsTaken":1,"upgrade":{"owner":"alice","attached":true,"waitsFor":["eve"],"waitsForCount":1},"why":"x","limit":5,"limitVersion":2,
             "value":null,"paceSeconds":0.5,"recent":[{"what":"holdEnded","reason":"expired","owner":"eve","fencingToken":6,"agoSeconds":3}],"firstWaitsFor":"upgrade","silo":"Silo_1"}
            """);

        var info = await _lock.GetInfoAsync(CancellationToken.None);

        Assert.True(info.Known);
        Assert.Equal(("alice", 7, LockMode.Upgradeable, "s"), (info.Holder!.OwnerId, info.Holder.FencingToken, info.Holder.Mode, info.Holder.SessionId));
        Assert.Equal([("alice", 0L), ("bob", 4L)], info.Waiters.Select(one => (one.OwnerId, one.Ticket)));
        Assert.Equal((1, 5, 2, 7), (info.QueueLength, info.Limit, info.LimitVersion, info.LastFencingToken));
        Assert.Equal((WaitObstacle.Upgrade, "Silo_1"), (info.FirstWaitsFor, info.Silo));
        Assert.Equal((RecentEventKind.HoldEnded, EndReason.Expired), (info.Recent[0].What, info.Recent[0].Reason));
    }

    public static TheoryData<WaitObstacle> Obstacles => [.. Enum.GetValues<WaitObstacle>()];

    [Theory]
    [MemberData(nameof(Obstacles))]
    public void FirstWaitsFor_AnyObstacle_IsReadBack(WaitObstacle obstacle) => Assert.Equal(
        obstacle, InfoReplies.ToInfo(StatusReport.Of("k", new LockInfo { Known = true, FirstWaitsFor = obstacle }))!.FirstWaitsFor);

    [Fact]
    public void FirstWaitsFor_NameThatIsNotKnown_IsNone() => Assert.Equal(
        WaitObstacle.None, InfoReplies.ToInfo(StatusReport.Of("k", new LockInfo { Known = true }) with { FirstWaitsFor = "the moon" })!.FirstWaitsFor);

    [Fact]
    public async Task Info_ServerCannotRead_IsNotKnown_AndWithoutAReplyItThrows()
    {
        _servers.On("a", _ => FakeServers.Problem(503, "unavailable"));
        Assert.False((await _lock.GetInfoAsync(CancellationToken.None)).Known);

        _servers.Refuse("a");
        await Assert.ThrowsAsync<IOException>(async () => await _lock.GetInfoAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Info_OfASession_WithoutWhetherItLives_IsNoReply()
    {
        Reply("""{"session":"s","owner":"o","sessionToken":4,"leaseSeconds":15,"expiresInSeconds":14,"openForSeconds":1,"metadata":null}""");

        await Assert.ThrowsAsync<IOException>(async () => await _transport.GetSession("s").GetInfoAsync(CancellationToken.None));
    }

    private ValueTask<AcquireReply> AcquireAsync() => _lock.AcquireAsync(new AcquireRequest { LeaseId = LeaseId, OwnerId = "o" }, CancellationToken.None);

    private ValueTask<ValueReply> SetValueAsync() =>
        _lock.SetValueAsync(new SetValueRequest { LeaseId = LeaseId, Value = LockValue.OfText("hi"), IfVersion = 1 }, CancellationToken.None);

    private void Reply(string json, HttpStatusCode status = HttpStatusCode.OK) => _servers.On("a", _ => FakeServers.Json(json, status));
}
