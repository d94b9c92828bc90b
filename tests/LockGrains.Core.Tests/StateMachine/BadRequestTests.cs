using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Requests that break a rule: each is answered with parameter, value and range, and changes nothing.</summary>
public sealed class BadRequestTests
{
    private static readonly LockCommand.Acquire Good = new(B, "worker", LockMode.Exclusive, Sec(30), true, Forever);

    public static TheoryData<string, string[]> Requests => new()
    {
        { "no LeaseId", ["LeaseId", "empty", "random id"] },
        { "no mode", ["Mode", "None", "Exclusive"] },
        { "unknown mode", ["Mode", "77", "Exclusive"] },
        { "short lease", ["Lease", "00:00:00.9990000", "00:00:01", "1.00:00:00"] },
        { "long lease", ["Lease", "1.00:00:00.0010000", "00:00:01", "1.00:00:00"] },
        { "negative lease", ["Lease", "-00:00:01", "00:00:01", "1.00:00:00"] },
        { "infinite lease", ["Lease", "10675199.02:48:05.4775807", "00:00:01", "1.00:00:00"] },
        { "negative wait", ["Wait", "-00:00:00.0020000", "0 or more, or infinite"] },
        { "no slice", ["Slice", "00:00:00", "more than 0"] },
        { "negative slice", ["Slice", "-00:00:01", "more than 0"] },
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

        Assert.Equal(owner, Assert.IsType<LockReply.Granted>(key.Acquire(A, owner: owner)).Lease.OwnerId);
    }

    [Fact]
    public void Request_AtEveryBound_IsGood()
    {
        LockCommand.Acquire[] requests =
        [
            Good with { Duration = Sec(1) }, Good with { Duration = TimeSpan.FromHours(24) }, Good with { Wait = TimeSpan.Zero },
            Good with { Wait = TimeSpan.MaxValue }, Good with { Slice = Instant }, Good with { Slice = TimeSpan.MaxValue },
            Good with { OwnerId = new string('x', 128) }, Good with { OwnerId = "" },
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
        { "LeaseMin", "LeaseMin is 1.00:00:00.0000001; it must be from 00:00:00.1000000 to 1.00:00:00." },
        { "LeaseMax", "LeaseMax is 31.00:00:00; it must be from 00:00:00.1000000 to 30.00:00:00." },
        { "OwnerIdMaxBytes", "OwnerIdMaxBytes is 1025; it must be from 0 to 1024." },
        { "FirstLease", "FirstLease is 00:00:00.5000000; it must be from 00:00:01 to 1.00:00:00." },
        { "Slice", "Slice is 00:01:01; it must be from 00:00:00.1000000 to 00:01:00." },
        { "FarSlice", "FarSlice is 00:00:03; it must be from 00:00:04 to 00:01:00." },
        { "NearPlaces", "NearPlaces is 0; it must be from 1 to 10000." },
        { "WaiterGrace", "WaiterGrace is 00:00:00; it must be from 00:00:00.1000000 to 00:01:00." },
        { "ReattachWindow", "ReattachWindow is 00:05:01; it must be from 00:00:00.1000000 to 00:05:00." },
        { "MaxClockSkew", "MaxClockSkew is -00:00:01; it must be from 00:00:00 to 01:00:00." },
        { "RestartsMax", "RestartsMax is 101; it must be from 0 to 100." },
        { "ReleaseWriteDelay", "ReleaseWriteDelay is 00:00:02; it must be from 00:00:00 to 00:00:01." },
        { "QueueWriteDelay", "QueueWriteDelay is 00:00:06; it must be from 00:00:00 to 00:00:05." },
        { "ValidationAge", "ValidationAge is 00:01:01; it must be from 00:00:00 to 00:01:00." },
        { "StoreTimeout", "StoreTimeout is 00:00:00; it must be from 00:00:00.1000000 to 00:01:00." },
    };

    [Theory]
    [MemberData(nameof(Policies))]
    public void Policy_OutOfRange_IsNamedWithValueAndRange(string name, string problem)
    {
        var policy = name switch
        {
            "QueueLimit" => new LockPolicy { QueueLimit = 0 },
            "LeaseMin" => new LockPolicy { LeaseMin = TimeSpan.FromHours(24) + Instant },
            "LeaseMax" => new LockPolicy { LeaseMax = TimeSpan.FromDays(31) },
            "OwnerIdMaxBytes" => new LockPolicy { OwnerIdMaxBytes = 1025 },
            "FirstLease" => new LockPolicy { FirstLease = Ms(500) },
            "Slice" => new LockPolicy { Slice = Sec(61) },
            "FarSlice" => new LockPolicy { FarSlice = Sec(3) },
            "NearPlaces" => new LockPolicy { NearPlaces = 0 },
            "WaiterGrace" => new LockPolicy { WaiterGrace = TimeSpan.Zero },
            "ReattachWindow" => new LockPolicy { ReattachWindow = Sec(301) },
            "MaxClockSkew" => new LockPolicy { MaxClockSkew = Sec(-1) },
            "RestartsMax" => new LockPolicy { RestartsMax = 101 },
            "ReleaseWriteDelay" => new LockPolicy { ReleaseWriteDelay = Sec(2) },
            "QueueWriteDelay" => new LockPolicy { QueueWriteDelay = Sec(6) },
            "ValidationAge" => new LockPolicy { ValidationAge = Sec(61) },
            _ => new LockPolicy { StoreTimeout = TimeSpan.Zero },
        };

        Assert.Equal([problem], policy.Problems());
    }

    private static LockCommand.Acquire Bad(string name) => name switch
    {
        "no LeaseId" => Good with { LeaseId = LeaseId.None },
        "no mode" => Good with { Mode = LockMode.None },
        "unknown mode" => Good with { Mode = (LockMode)77 },
        "short lease" => Good with { Duration = Ms(999) },
        "long lease" => Good with { Duration = TimeSpan.FromHours(24) + Ms(1) },
        "negative lease" => Good with { Duration = Sec(-1) },
        "infinite lease" => Good with { Duration = TimeSpan.MaxValue },
        "negative wait" => Good with { Wait = Ms(-2) },
        "no slice" => Good with { Slice = TimeSpan.Zero },
        "negative slice" => Good with { Slice = Sec(-1) },
        "long owner" => Good with { OwnerId = new string('x', 129) },
        "long owner in UTF-8" => Good with { OwnerId = new string('ä', 65) },
        "no owner" => Good with { OwnerId = null! },
        "mangled owner" => Good with { OwnerId = "a\uDC00b" },
        _ => Good with { OwnerId = "ab\uD800" },
    };
}
