namespace LockGrains.Cluster.Tests;

/// <summary>Whatever a grain is asked, it answers with a type of its own, and what it refuses changes nothing.</summary>
[Collection(MemoryCollection.Name)]
public sealed class BadInputTests(MemoryFixture fixture)
{
    private readonly string _key = LockCluster.NewKey("input");

    private ILockGrain Grain => fixture.Cluster.GetLock(_key);

    [Theory]
    [InlineData("x")]
    [InlineData("a/b/c")]
    [InlineData("#?:*[]{}\\\"'")]
    [InlineData("orders 42 ")]
    [InlineData("🔒 шлюз 門")]
    public async Task Key_UnusualButFine_NamesALockOfItsOwn(string key)
    {
        var attempt = new Attempt(GetUnchecked(key), key) { Lease = TimeSpan.FromSeconds(20) };

        var token = await attempt.TakeAsync();

        Assert.Equal(token, (await attempt.GetInfoAsync()).Holder!.FencingToken);
        await fixture.Cluster.DeactivateAsync(key);
        Assert.Equal(VerifyStatus.Current, (await attempt.VerifyAsync()).Status);
        Assert.Equal(ReleaseStatus.Released, (await attempt.ReleaseAsync()).Status);
    }

    [Fact]
    public async Task Key_512Bytes_IsFine()
    {
        var key = new string('k', 510) + "é";

        await new Attempt(fixture.Cluster.GetLock(key)).TakeAsync();
    }

    public static TheoryData<string, string> BadKeys() => new()
    {
        { new string('k', 513), "this one has 513" },
        { new string('k', 511) + "é", "this one has 513" },
        { new string('k', 100_000), "this one has 100000" },
        { "tab\there", "U+0009 at index 3" },
        { "nul\0", "U+0000 at index 3" },
        { "line\nbreak", "U+000A at index 4" },
        { "c1\u0085", "U+0085 at index 2" },
    };

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task Key_AgainstTheRule_IsRefusedByClientAndGrain(string key, string mention)
    {
        var refusal = Assert.Throws<ArgumentException>(nameof(key), () => fixture.Cluster.GetLock(key));
        Assert.Contains(mention, refusal.Message, StringComparison.Ordinal);

        var grain = GetUnchecked(key);
        var lease = Guid.NewGuid();
        foreach (var call in new Func<Task>[]
        {
            async () => await grain.AcquireAsync(new AcquireRequest { LeaseId = lease }),
            async () => await grain.RenewAsync(lease),
            async () => await grain.ReleaseAsync(lease),
            async () => await grain.CancelAsync(lease),
            async () => await grain.UpgradeAsync(new UpgradeRequest { LeaseId = lease, Change = 1 }),
            async () => await grain.CancelUpgradeAsync(lease, 1),
            async () => await grain.DowngradeAsync(new DowngradeRequest { LeaseId = lease, Change = 1 }),
            async () => await grain.VerifyAsync(lease),
            async () => await grain.RevokeAsync(),
            async () => await grain.GetInfoAsync(),
        })
        {
            var message = (await Assert.ThrowsAsync<ArgumentException>(call)).Message;
            Assert.Contains(mention, message, StringComparison.Ordinal);
            Assert.Contains("(Parameter 'key')", message, StringComparison.Ordinal);
        }

        Assert.Equal(0, fixture.Cluster.Probe[key].Loads);
    }

    /// <summary>Each passes the rule by a hair: white space is in it, and one character that is none.</summary>
    [Fact]
    public async Task Key_WhiteSpaceAndOneCharacterMore_NamesALockOfItsOwn()
    {
        var spaces = Enumerable.Range(0, 0x1_0000).Select(code => (char)code).Where(code => char.IsWhiteSpace(code) && !char.IsControl(code));
        foreach (var space in spaces)
        {
            foreach (var key in (string[])[$"{space}.", $".{space}", $"{space}{space}\u200B"])
                await new Attempt(fixture.Cluster.GetLock(key), key).TakeAsync();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t\n ")]
    [InlineData("\u3000")]
    [InlineData("bad\0")]
    [InlineData("name~")]
    public async Task Key_OfAnyName_NamesALockOfItsOwn(string name)
    {
        var key = LockKey.FromName(name);
        var attempt = new Attempt(fixture.Cluster.GetLock(key), "owner");
        await attempt.TakeAsync();
        await fixture.Cluster.DeactivateAsync(key);

        Assert.Equal(VerifyStatus.Current, (await attempt.VerifyAsync()).Status);
    }

    [Fact]
    public void Key_EmptyOrBlankOrNull_IsRefusedBeforeAnyCall()
    {
        Assert.Throws<ArgumentException>("key", () => fixture.Cluster.GetLock(""));
        Assert.Throws<ArgumentException>("key", () => fixture.Cluster.GetLock(" "));
        Assert.Throws<ArgumentException>("key", () => fixture.Cluster.GetLock("\u3000\u00A0\u2028"));
        Assert.Throws<ArgumentNullException>("key", () => fixture.Cluster.GetLock(null!));
    }

    [Fact]
    public void Key_LoneSurrogate_IsRefusedBeforeAnyCall()
    {
        Assert.Throws<ArgumentException>("key", () => fixture.Cluster.GetLock("bad\ud83d"));
        Assert.Throws<ArgumentException>("key", () => fixture.Cluster.GetLock("\udd12"));
    }

    public static TheoryData<string, AcquireRequest> BadRequests()
    {
        var lease = Guid.NewGuid();
        var good = new AcquireRequest { LeaseId = lease };
        return new()
        {
            { "LeaseId is empty", good with { LeaseId = Guid.Empty } },
            { "Lease is 0;", good with { Lease = TimeSpan.Zero } },
            { "Lease is -1s;", good with { Lease = TimeSpan.FromSeconds(-1) } },
            { "Lease is infinite;", good with { Lease = Timeout.InfiniteTimeSpan } },
            { "Lease is 999ms; it must be from 1s to 24h.", good with { Lease = TimeSpan.FromMilliseconds(999) } },
            { "Lease is 86400.0000001s;", good with { Lease = TimeSpan.FromDays(1) + TimeSpan.FromTicks(1) } },
            { "Lease is 922337203685.4775807s;", good with { Lease = TimeSpan.MaxValue } },
            { "Lease is -922337203685.4775808s;", good with { Lease = TimeSpan.MinValue } },
            { "Wait is -1s;", good with { Wait = TimeSpan.FromSeconds(-1) } },
            { "Wait is -0.0001ms;", good with { Wait = TimeSpan.FromTicks(-1) } },
            { "Wait is -922337203685.4775808s;", good with { Wait = TimeSpan.MinValue } },
            { "Slice is 0;", good with { Slice = TimeSpan.Zero, Wait = TimeSpan.FromSeconds(1) } },
            { "Slice is infinite;", good with { Slice = Timeout.InfiniteTimeSpan, Wait = TimeSpan.FromSeconds(1) } },
            { "BeatPeriod is 0; it must be more than 0 and at most 3s", good with { BeatPeriod = TimeSpan.Zero } },
            { "BeatPeriod is -1s;", good with { BeatPeriod = TimeSpan.FromSeconds(-1) } },
            { "BeatPeriod is infinite;", good with { BeatPeriod = Timeout.InfiniteTimeSpan } },
            { "OwnerId has 129 bytes", good with { OwnerId = new string('o', 129) } },
            { "OwnerId has 132 bytes", good with { OwnerId = string.Concat(Enumerable.Repeat("🔒", 33)) } },
            { "OwnerId has 1000000 bytes", good with { OwnerId = new string('o', 1_000_000) } },
        };
    }

    [Theory]
    [MemberData(nameof(BadRequests), DisableDiscoveryEnumeration = true)]
    public async Task Acquire_RequestAgainstTheRules_IsDeniedAsInvalidAndChangesNothing(string mention, AcquireRequest request)
    {
        await new Attempt(Grain, "holder").TakeAsync();
        await new Attempt(Grain, "waiter").QueueAsync();

        await AssertChangesNothingAsync(async () =>
        {
            var reply = await Grain.AcquireAsync(request);
            Assert.Equal((AcquireStatus.Denied, DenyReason.Invalid), (reply.Status, reply.Reason));
            Assert.Contains(mention, reply.Detail, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Acquire_InvalidRequestForAFreeLock_LeavesItFree()
    {
        var reply = await Grain.AcquireAsync(new AcquireRequest { LeaseId = Guid.NewGuid(), Lease = TimeSpan.Zero });

        Assert.Equal(DenyReason.Invalid, reply.Reason);
        Assert.Null((await Grain.GetInfoAsync()).Holder);
        Assert.Equal(0, fixture.Cluster.Probe[_key].Writes);
    }

    [Fact]
    public async Task Acquire_LoneSurrogateInTheOwner_DoesNotBreakTheKey()
    {
        var attempt = new Attempt(Grain, "bad\ud83d");

        await attempt.TakeAsync();

        await fixture.Cluster.DeactivateAsync(_key);
        Assert.Equal(VerifyStatus.Current, (await attempt.VerifyAsync()).Status);
    }

    [Fact]
    public async Task Acquire_WaitOfMaxValue_WaitsAsForEver()
    {
        var (holder, waiter) = (new Attempt(Grain, "holder"), new Attempt(Grain, "waiter"));
        await holder.TakeAsync();

        var request = waiter.Request with { Wait = TimeSpan.MaxValue, Slice = TimeSpan.FromMilliseconds(1) };
        var reply = await Grain.AcquireAsync(request);

        Assert.Equal((AcquireStatus.Queued, 1), (reply.Status, reply.Place));
    }

    [Fact]
    public async Task Acquire_NullOwner_CountsAsNone()
    {
        var attempt = new Attempt(Grain, null!);

        await attempt.TakeAsync();

        Assert.Equal("", (await attempt.GetInfoAsync()).Holder!.OwnerId);
    }

    [Fact]
    public async Task Acquire_NullRequest_IsRefused()
    {
        var exception = await Assert.ThrowsAsync<ArgumentNullException>(async () => await Grain.AcquireAsync(null!));

        Assert.Contains("(Parameter 'request')", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_ForeignOrEmptyLeaseId_AreAnsweredAndChangeNothing(bool isEmpty)
    {
        await new Attempt(Grain, "holder").TakeAsync();
        await new Attempt(Grain, "waiter").QueueAsync();
        var foreign = isEmpty ? Guid.Empty : Guid.NewGuid();

        await AssertChangesNothingAsync(async () =>
        {
            Assert.Equal(RenewStatus.NotHeld, (await Grain.RenewAsync(foreign)).Status);
            Assert.Equal(ReleaseStatus.NotHeld, (await Grain.ReleaseAsync(foreign)).Status);
            Assert.Equal(VerifyStatus.NotHeld, (await Grain.VerifyAsync(foreign)).Status);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancel_ForeignOrEmptyLeaseId_IsAnsweredAndLeavesHolderAndQueue(bool isEmpty)
    {
        await new Attempt(Grain, "holder").TakeAsync();
        await new Attempt(Grain, "waiter").QueueAsync();
        var before = Comparable(await Grain.GetInfoAsync());

        var reply = await Grain.CancelAsync(isEmpty ? Guid.Empty : Guid.NewGuid());

        // It may be written down, so that a late copy of the acquire that it belongs to is turned away.
        Assert.Equal(CancelStatus.NotHeld, reply.Status);
        Assert.Equal(before, Comparable(await Grain.GetInfoAsync()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public async Task Revoke_TokenThatNobodyHolds_IsAnsweredAndChangesNothing(long token)
    {
        await new Attempt(Grain, "holder").TakeAsync();

        await AssertChangesNothingAsync(async () => Assert.Equal(RevokeStatus.NotHeld, (await Grain.RevokeAsync(token)).Status));
    }

    private ILockGrain GetUnchecked(string key) => fixture.Cluster.Grains.GetGrain<ILockGrain>(key);

    private async Task AssertChangesNothingAsync(Func<Task> act)
    {
        var writes = fixture.Cluster.Probe[_key].HeadWrites;
        var before = Comparable(await Grain.GetInfoAsync());

        await act();

        Assert.Equal(before, Comparable(await Grain.GetInfoAsync()));
        Assert.Equal(writes, fixture.Cluster.Probe[_key].HeadWrites);
    }

    /// <summary>What of the info does not change by time alone.</summary>
    private static string Comparable(LockInfo info) =>
        $"{info.Holder! with { ExpiresIn = TimeSpan.Zero, HeldFor = TimeSpan.Zero }} {info.LastFencingToken} {info.QueueLength} "
        + string.Join(" ", info.Waiters.Select(waiter => waiter with { WaitedFor = TimeSpan.Zero }));
}
