using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// The wire contract is pinned: silos and clients of different versions meet in every rolling upgrade. A name, a number or a
/// type that changes here breaks them; a new one may be added at the end.
/// </summary>
public sealed class WireContractTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private static Guid Id { get; } = new("00112233-4455-6677-8899-aabbccddeeff");

    private static LockValue Value { get; } = new() { Bytes = [1, 2], KeepFor = TimeSpan.FromSeconds(1) };

    private Serializer Serializer => _services.GetRequiredService<Serializer>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Contract_NamesNumbersAndTypes_AreThoseOfTheGoldenFile() =>
        AssertIsGolden("wire-contract.txt", WireContract.Describe());

    [Fact]
    public void Contract_BytesOfASampleOfEachMessage_AreThoseOfTheGoldenFile()
    {
        var text = new StringBuilder();
        foreach (var sample in Samples().Where(sample => sample is not Exception))
            text.Append(CultureInfo.InvariantCulture, $"{sample.GetType().Name}\n  {Hex(Serializer.SerializeToArray(sample))}\n");

        AssertIsGolden("wire-bytes.txt", text.ToString());
    }

    [Fact]
    public void Contract_EveryMessageType_HasASample() => Assert.Equal(
        WireContract.Types.Where(type => type is { IsInterface: false, IsEnum: false }).Select(type => type.Name).Order(),
        Samples().Select(sample => sample.GetType().Name).Distinct().Order());

    [Fact]
    public void Contract_EveryPropertyOfAMessage_HasAnId()
    {
        var without =
            from type in WireContract.Types
            where type is { IsInterface: false, IsEnum: false } && !type.IsSubclassOf(typeof(Exception))
            from property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            where property.CanWrite && !WireContract.FieldsOf(type).Any(field => field.Name == property.Name && field.Type == property.PropertyType)
            select $"{type.Name}.{property.Name}";

        Assert.Empty(without);
    }

    [Fact]
    public void RoundTrip_EveryMessage_ComesBackTheSame()
    {
        foreach (var sample in Samples())
        {
            var copy = Serializer.Deserialize<object>(Serializer.SerializeToArray<object>(sample));

            Assert.Equal(sample.GetType(), copy!.GetType());
            Assert.NotSame(sample, copy);
            foreach (var field in WireContract.FieldsOf(sample.GetType()))
                AssertSame(ValueOf(sample, field.Name), ValueOf(copy, field.Name));
            Assert.Equal((sample as Exception)?.Message, (copy as Exception)?.Message);
        }
    }

    /// <summary>A call within a silo copies what is not known to stay as it is; that would cost every co-hosted client.</summary>
    [Fact]
    public void Copy_OfAMessage_IsTheMessageItself()
    {
        var copier = _services.GetRequiredService<DeepCopier>();

        Assert.All(Samples().Where(sample => sample is not StoredBytes), sample => Assert.Same(sample, copier.Copy(sample)));
    }

    [Fact]
    public void RoundTrip_DefaultMessage_IsOneThatIsNeverSent()
    {
        Assert.Equal(AcquireStatus.None, new AcquireReply().Status);
        Assert.Equal(RenewStatus.None, new RenewReply().Status);
        Assert.Equal(ReleaseStatus.None, new ReleaseReply().Status);
        Assert.Equal(CancelStatus.None, new CancelReply().Status);
        Assert.Equal(VerifyStatus.None, new VerifyReply().Status);
        Assert.Equal(BeatStatus.None, new BeatReply().Status);
        Assert.Equal(RevokeStatus.None, new RevokeReply().Status);
        Assert.Equal(ChangeStatus.None, new ChangeReply().Status);
        Assert.Equal(ValueStatus.None, new ValueReply().Status);
        Assert.Equal(LimitStatus.None, new LimitReply().Status);
        Assert.Equal(WatchStatus.None, new WatchReply().Status);
        Assert.Equal(RecentEventKind.None, new RecentEvent().What);
        Assert.False(new LockInfo().Known);
    }

    // Two arrays of the same are not equal as members of a record.
    private static void AssertSame(object? expected, object? actual)
    {
        if (expected is not LockInfo)
        {
            Assert.Equal(expected, actual);
            return;
        }

        foreach (var field in WireContract.FieldsOf(typeof(LockInfo)))
            Assert.Equal(ValueOf(expected, field.Name), ValueOf(actual!, field.Name));
    }

    private static object? ValueOf(object sample, string property) => sample.GetType().GetProperty(property)!.GetValue(sample);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static object[] Samples() => [.. CallsOfALock(), .. Infos(), .. Lists(), .. Others()];

    private static object[] CallsOfALock()
    {
        var id = Id;
        const long Token = 1L << 52;
        var second = TimeSpan.FromSeconds(1);
        var value = Value;
        return
        [
            new AcquireRequest
            {
                LeaseId = id,
                OwnerId = "owner",
                Lease = second,
                Wait = 2 * second,
                Slice = 3 * second,
                Renews = true,
                BeatPeriod = 4 * second,
                Mode = LockMode.Shared,
                Permits = 2,
                Limit = 3,
                Value = value,
                LockDelay = 5 * second,
            },

            // What a mutex costs: a client's request, and the grant.
            new AcquireRequest
            {
                LeaseId = id,
                OwnerId = "host-7/4711",
                Lease = 30 * second,
                Wait = Timeout.InfiniteTimeSpan,
                Slice = 60 * second,
                Renews = true,
                BeatPeriod = 3 * second,
            },
            new AcquireRequest { LeaseId = id, OwnerId = "under a session", Lease = 600 * second, Renews = true, SessionId = "session", SessionToken = Token },
            new AcquireRequest { LeaseId = id, OwnerId = "no new place", Lease = 30 * second, Renews = true, NoNewPlace = true },
            new AcquireReply { Status = AcquireStatus.Granted, FencingToken = Token, ValidFor = 5 * second, Lease = 30 * second },
            new AcquireReply
            {
                Status = AcquireStatus.Denied,
                FencingToken = Token,
                ValidFor = second,
                Place = 3,
                QueueLength = 4,
                Reason = DenyReason.Invalid,
                Detail = "detail",
                Lease = 2 * second,
                PermitNumbers = [0, 2],
                ValueVersion = 5,
                Estimate = 3 * second,
            },
            value,
            new SetValueRequest { LeaseId = id, Value = value, IfVersion = 4 },
            new ValueReply { Status = ValueStatus.Conflict, Value = value, Version = 5, End = EndReason.Expired, Detail = "detail" },
            new LimitReply { Status = LimitStatus.Conflict, Limit = 3, Version = 2, Detail = "detail" },
            new UpgradeRequest { LeaseId = id, Change = 2, Wait = second, Slice = 2 * second, BeatPeriod = 3 * second },
            new DowngradeRequest { LeaseId = id, Change = 3, Mode = LockMode.Upgradeable, Permits = 4 },
            new ChangeReply { Status = ChangeStatus.NotHeld, Mode = LockMode.Shared, Permits = 2, FencingToken = Token, End = EndReason.Expired, Detail = "detail" },
            new RenewReply { Status = RenewStatus.NotHeld, ValidFor = second, End = EndReason.Expired, Detail = "detail", Waiters = 2, RevokedKeys = ["key"] },
            new ReleaseReply { Status = ReleaseStatus.NotHeld, End = EndReason.Revoked, Detail = "detail" },
            new CancelReply { Status = CancelStatus.NotHeld, Detail = "detail" },
            new VerifyReply { Status = VerifyStatus.Current, LastFencingToken = Token, Detail = "detail" },
            new RevokeReply { Status = RevokeStatus.Revoked, FencingToken = Token, Detail = "detail", Count = 2 },
        ];
    }

    private static object[] Infos()
    {
        const long Token = 1L << 52;
        var second = TimeSpan.FromSeconds(1);
        var value = Value;
        return
        [
            new HolderInfo
            {
                OwnerId = "holder",
                FencingToken = Token,
                Lease = second,
                ExpiresIn = 2 * second,
                Mode = LockMode.Shared,
                Permits = 2,
                Limit = 3,
                PermitNumbers = [0, 2],
                LockDelay = 3 * second,
                IsHeldBack = true,
                HeldFor = 3 * second,
                SessionId = "session",
            },
            new WaiterInfo
            {
                OwnerId = "waiter",
                Ticket = 5,
                Attached = true,
                Mode = LockMode.Upgradeable,
                Permits = 2,
                Limit = 3,
                WaitedFor = second,
                Estimate = 2 * second,
                SessionId = "session",
            },
            new RecentEvent { What = RecentEventKind.HoldEnded, Reason = EndReason.Expired, OwnerId = "holder", FencingToken = Token, Ago = second },
            new WatchRequest { Cursor = "4f-7", Slice = second },
            new WatchReply { Status = WatchStatus.Current, Info = new LockInfo { QueueLength = 1, Known = true }, Cursor = "4f-8", Detail = "detail" },
            new LockInfo
            {
                Holders = [new HolderInfo { OwnerId = "holder", FencingToken = Token }],
                HolderCount = 2,
                PermitsTaken = 3,
                Limit = 4,
                LimitVersion = 2,
                Value = value,
                QueueLength = 1,
                Waiters = ImmutableArray.Create(new WaiterInfo { OwnerId = "waiter", Ticket = 5 }),
                FirstWaitsFor = WaitObstacle.Limit,
                LastFencingToken = Token,
                Known = true,
                Detail = "detail",
                Pace = second,
                Recent = [new RecentEvent { What = RecentEventKind.Granted, OwnerId = "holder", FencingToken = Token }],
            },
        ];
    }

    private static object[] Lists()
    {
        var second = TimeSpan.FromSeconds(1);
        return
        [
            new LockListRequest { Prefix = "orders/", State = LockListState.Waited, After = "orders/42", Limit = 7, SilosMissing = ["silo"], SiloTimeout = second },
            new LockListPage { Locks = [new LockSummary { Key = "orders/43" }], Next = "orders/43", SiloCount = 3, SilosMissing = ["silo"] },
            new LockSummary
            {
                Key = "orders/43",
                HolderCount = 2,
                OwnerId = "holder",
                FencingToken = 1L << 52,
                Mode = LockMode.Shared,
                PermitsTaken = 3,
                Limit = 4,
                IsHeldBack = true,
                HeldFor = second,
                ExpiresIn = 2 * second,
                QueueLength = 5,
                IsUpgrading = true,
                LongestWait = 3 * second,
            },
        ];
    }

    private static object[] Others()
    {
        var id = Id;
        const long Token = 1L << 52;
        var second = TimeSpan.FromSeconds(1);
        return
        [
            new Beat { Key = "key", LeaseId = id },
            new BeatReply { Status = BeatStatus.Waits, Place = 3, QueueLength = 4, Estimate = second },
            new Heartbeat { Renewals = [new Beat { Key = "held", LeaseId = id }], Waits = [new Beat { Key = "waits", LeaseId = id }], AnswerWithin = second },
            new HeartbeatReply
            {
                Renewals = [new RenewReply { Status = RenewStatus.Renewed, ValidFor = second }],
                Waits = [new BeatReply { Status = BeatStatus.CallAgain }],
            },
            new StoredBytes { Data = [1, 2, 3] },
            new TidyReport { Passes = 1, IsRunning = true, Records = 4, InUse = 1, LeftBehind = 2, Unreadable = 1, Elapsed = second, ForgetAfter = 2 * second, Problem = "problem" },
            new LockDeadlockException("key", "session", LockMode.Upgradeable, LockMode.Exclusive),
            new LockLostException("key", Token, EndReason.Expired),
            new LockQueueFullException("key", 6),
            new LockSessionLostException("session", EndReason.Expired),
            new LockTimeoutException("key", second, 7),
            new LockUnavailableException("key", "It gave up.", mayHaveTakenEffect: true),
            new RunOnceUnstoredException("key", new RunOnceRecord { Edition = "8", Outcome = "done", FencingToken = Token }, mayBeStored: true, innerException: null),
        ];
    }

    private static void AssertIsGolden(string name, string actual)
    {
        var golden = Path.Combine(AppContext.BaseDirectory, "Golden", name);
        if (File.ReadAllText(golden) == actual)
            return;
        var actualFile = golden + ".actual";
        File.WriteAllText(actualFile, actual);
        Assert.Fail(
            $"The wire contract differs from Golden/{name}. If that is meant, and older versions can still be talked to, "
            + $"copy {actualFile} over it.");
    }
}
