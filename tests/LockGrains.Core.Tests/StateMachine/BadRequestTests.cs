using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Requests that break a rule: each is answered with parameter, value and range, and changes nothing.</summary>
public sealed class BadRequestTests
{
    private static readonly LockCommand.Acquire Good = new(new LockRequest(B, "worker", LockMode.Exclusive, Sec(30), Renews: true), Forever);

    public static TheoryData<string, string[]> Requests => new()
    {
        { "no LeaseId", ["LeaseId", "empty", "random id"] },
        { "no mode", ["Mode", "None", "Exclusive"] },
        { "unknown mode", ["Mode", "77", "Exclusive"] },
        { "no permits", ["Permits is 0;", "from 1 to 1000000"] },
        { "negative permits", ["Permits is -1;", "from 1 to 1000000"] },
        { "too many permits", ["Permits is 1000001;", "from 1 to 1000000"] },
        { "more permits than the limit", ["Permits is 4 and Limit is 3;", "at most the limit"] },
        { "permits of an exclusive request", ["Permits is 2 and Mode is Exclusive;", "only a shared hold"] },
        { "permits of an upgradeable request", ["Permits is 2 and Mode is Upgradeable;", "only a shared hold"] },
        { "negative limit", ["Limit is -1;", "from 1 to 1000000"] },
        { "huge limit", ["Limit is 1000001;", "from 1 to 1000000"] },
        { "limit of an exclusive request", ["Limit is 3 and Mode is Exclusive;", "only a shared request"] },
        { "limit of an upgradeable request", ["Limit is 3 and Mode is Upgradeable;", "only a shared request"] },
        { "short lease", ["Lease", "999ms", "from 1s to 24h"] },
        { "long lease", ["Lease", "86400.001s", "from 1s to 24h"] },
        { "negative lease", ["Lease", "-1s", "from 1s to 24h"] },
        { "infinite lease", ["Lease", "922337203685.4775807s", "from 1s to 24h"] },
        { "negative wait", ["Wait", "-2ms", "0 or more, or infinite"] },
        { "no slice", ["Slice is 0;", "more than 0"] },
        { "negative slice", ["Slice is -1s;", "more than 0"] },
        { "no beat period", ["BeatPeriod is 0;", "more than 0", "at most 6s"] },
        { "negative beat period", ["BeatPeriod is -1s;", "more than 0", "at most 6s"] },
        { "long beat period", ["BeatPeriod is 6.001s;", "at most 6s", "PresenceWindow"] },
        { "long owner", ["OwnerId", "129 bytes", "at most 128"] },
        { "long owner in UTF-8", ["OwnerId", "130 bytes", "at most 128"] },
        { "no owner", ["OwnerId", "missing"] },
        { "mangled owner", ["OwnerId", "not well-formed Unicode"] },
        { "mangled end of owner", ["OwnerId", "not well-formed Unicode"] },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void Request_ThatBreaksARule_IsRefusedNamingItAndChangesNothing(string name, string[] says)
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        var state = key.State;

        var denied = Assert.IsType<LockReply.Denied>(key.Do(Bad(name)));

        Assert.Equal(DenyReason.Invalid, denied.Reason);
        Assert.All(says, part => Assert.Contains(part, denied.Detail!, StringComparison.Ordinal));
        Assert.Same(state, key.State);
        Assert.Equal(AnswerAfter.Decision, key.Last.After);
    }

    [Theory]
    [InlineData("")]
    [InlineData("häßlich 🔒 名前")]
    public void Owner_OfAnyText_IsKeptAsItIs(string owner)
    {
        var key = new LockUnderTest();

        Assert.Equal(owner, Assert.IsType<LockReply.Granted>(key.Acquire(A, owner: owner)).Lease.Request.OwnerId);
    }

    [Fact]
    public void Request_AtEveryBound_IsGood()
    {
        LockCommand.Acquire[] requests =
        [
            Asking(Good.Request with { Duration = Sec(1) }), Asking(Good.Request with { Duration = TimeSpan.FromHours(24) }), Good with { Wait = TimeSpan.Zero },
            Good with { Wait = TimeSpan.MaxValue }, Good with { Slice = Instant }, Good with { Slice = TimeSpan.MaxValue },
            Good with { Beats = Instant }, Good with { Beats = Sec(6) },
            Asking(Good.Request with { OwnerId = new string('x', 128) }), Asking(Good.Request with { OwnerId = "" }),
            Asking(Good.Request with { Mode = LockMode.Upgradeable }), Asking(Sharing(LockPolicy.PermitsMax, 0)),
            Asking(Sharing(LockPolicy.PermitsMax, LockPolicy.PermitsMax)), Asking(Sharing(1, 1)),
        ];

        Assert.All(requests, request => Assert.IsType<LockReply.Granted>(new LockUnderTest().Do(request)));
        Assert.All(requests[3..], request =>
        {
            var key = new LockUnderTest();
            key.Acquire(A);
            Assert.IsType<LockReply.Queued>(key.Do(request));
        });
    }

    [Fact]
    public void Policy_ByDefault_HasNoProblem() => Assert.Empty(new LockPolicy().Problems());

    public static TheoryData<string, string> Policies => new()
    {
        { "QueueLimit", "QueueLimit is 0; it must be from 1 to 1000000." },
        { "no HoldersMax", "HoldersMax is 0; it must be from 1 to 4096." },
        { "large HoldersMax", "HoldersMax is 4097; it must be from 1 to 4096." },
        { "LeaseMin", "LeaseMin is 86400.0000001s; it must be from 100ms to 24h." },
        { "LeaseMax", "LeaseMax is 31d; it must be from 100ms to 30d." },
        { "OwnerIdMaxBytes", "OwnerIdMaxBytes is 1025; it must be from 0 to 1024." },
        { "FirstLease", "FirstLease is 500ms; it must be from 1s to 24h." },
        { "short PresenceWindow", "PresenceWindow is 299ms; it must be from 300ms to 5m." },
        { "long PresenceWindow", "PresenceWindow is 301s; it must be from 300ms to 5m." },
        { "MaxClockSkew", "MaxClockSkew is -1s; it must be from 0 to 1h." },
        { "RestartsMax", "RestartsMax is 101; it must be from 0 to 100." },
        { "ReleaseWriteDelay", "ReleaseWriteDelay is 2s; it must be from 0 to 1s." },
        { "QueueWriteDelay", "QueueWriteDelay is 6s; it must be from 0 to 5s." },
        { "ValidationAge", "ValidationAge is 61s; it must be from 0 to 1m." },
        { "StoreTimeout", "StoreTimeout is 0; it must be from 100ms to 1m." },
    };

    [Theory]
    [MemberData(nameof(Policies))]
    public void Policy_OutOfRange_IsNamedWithValueAndRange(string name, string problem)
    {
        var policy = name switch
        {
            "QueueLimit" => new LockPolicy { QueueLimit = 0 },
            "no HoldersMax" => new LockPolicy { HoldersMax = 0 },
            "large HoldersMax" => new LockPolicy { HoldersMax = 4097 },
            "LeaseMin" => new LockPolicy { LeaseMin = TimeSpan.FromHours(24) + Instant },
            "LeaseMax" => new LockPolicy { LeaseMax = TimeSpan.FromDays(31) },
            "OwnerIdMaxBytes" => new LockPolicy { OwnerIdMaxBytes = 1025 },
            "FirstLease" => new LockPolicy { FirstLease = Ms(500) },
            "short PresenceWindow" => new LockPolicy { PresenceWindow = Ms(299) },
            "long PresenceWindow" => new LockPolicy { PresenceWindow = Sec(301) },
            "MaxClockSkew" => new LockPolicy { MaxClockSkew = Sec(-1) },
            "RestartsMax" => new LockPolicy { RestartsMax = 101 },
            "ReleaseWriteDelay" => new LockPolicy { ReleaseWriteDelay = Sec(2) },
            "QueueWriteDelay" => new LockPolicy { QueueWriteDelay = Sec(6) },
            "ValidationAge" => new LockPolicy { ValidationAge = Sec(61) },
            _ => new LockPolicy { StoreTimeout = TimeSpan.Zero },
        };

        Assert.Equal([problem], policy.Problems());
    }

    private static LockCommand.Acquire Asking(LockRequest request) => Good with { Request = request };

    private static LockRequest Sharing(int permits, int limit, LockMode mode = LockMode.Shared) => Good.Request with { Mode = mode, Permits = permits, Limit = limit };

    private static LockCommand.Acquire Bad(string name) => name switch
    {
        "no LeaseId" => Asking(Good.Request with { LeaseId = LeaseId.None }),
        "no mode" => Asking(Good.Request with { Mode = LockMode.None }),
        "unknown mode" => Asking(Good.Request with { Mode = (LockMode)77 }),
        "no permits" => Asking(Sharing(0, 3)),
        "negative permits" => Asking(Sharing(-1, 3)),
        "too many permits" => Asking(Sharing(LockPolicy.PermitsMax + 1, 0)),
        "more permits than the limit" => Asking(Sharing(4, 3)),
        "permits of an exclusive request" => Asking(Sharing(2, 0, LockMode.Exclusive)),
        "permits of an upgradeable request" => Asking(Sharing(2, 0, LockMode.Upgradeable)),
        "negative limit" => Asking(Sharing(1, -1)),
        "huge limit" => Asking(Sharing(1, LockPolicy.PermitsMax + 1)),
        "limit of an exclusive request" => Asking(Sharing(1, 3, LockMode.Exclusive)),
        "limit of an upgradeable request" => Asking(Sharing(1, 3, LockMode.Upgradeable)),
        "short lease" => Asking(Good.Request with { Duration = Ms(999) }),
        "long lease" => Asking(Good.Request with { Duration = TimeSpan.FromHours(24) + Ms(1) }),
        "negative lease" => Asking(Good.Request with { Duration = Sec(-1) }),
        "infinite lease" => Asking(Good.Request with { Duration = TimeSpan.MaxValue }),
        "negative wait" => Good with { Wait = Ms(-2) },
        "no slice" => Good with { Slice = TimeSpan.Zero },
        "negative slice" => Good with { Slice = Sec(-1) },
        "no beat period" => Good with { Beats = TimeSpan.Zero },
        "negative beat period" => Good with { Beats = Sec(-1) },
        "long beat period" => Good with { Beats = Sec(6) + Ms(1) },
        "long owner" => Asking(Good.Request with { OwnerId = new string('x', 129) }),
        "long owner in UTF-8" => Asking(Good.Request with { OwnerId = new string('ä', 65) }),
        "no owner" => Asking(Good.Request with { OwnerId = null! }),
        "mangled owner" => Asking(Good.Request with { OwnerId = "a\uDC00b" }),
        _ => Asking(Good.Request with { OwnerId = "ab\uD800" }),
    };
}
