namespace LockGrains.Cluster.Tests;

/// <summary>Modes, permits, limits and changes that make no sense are answered by what is wrong with them, and change nothing.</summary>
[Collection(MemoryCollection.Name)]
public sealed class BadKindTests(MemoryFixture fixture)
{
    private readonly string _key = LockCluster.NewKey("kinds");

    private ILockGrain Grain => fixture.Cluster.GetLock(_key);

    public static TheoryData<string, AcquireRequest> BadRequests()
    {
        var exclusive = new AcquireRequest { LeaseId = Guid.NewGuid() };
        var shared = exclusive with { Mode = LockMode.Shared };
        var upgradeable = exclusive with { Mode = LockMode.Upgradeable };
        return new()
        {
            { "Mode is None; it must be Exclusive, Shared or Upgradeable.", exclusive with { Mode = LockMode.None } },
            { "Mode is 77;", exclusive with { Mode = (LockMode)77 } },
            { "Mode is -1;", exclusive with { Mode = (LockMode)(-1) } },
            { "Permits is 0; it must be from 1 to 1000000.", shared with { Permits = 0 } },
            { "Permits is -1;", shared with { Permits = -1 } },
            { "Permits is -2147483648;", shared with { Permits = int.MinValue } },
            { "Permits is 1000001;", shared with { Permits = 1_000_001 } },
            { "Permits is 2147483647;", shared with { Permits = int.MaxValue, Limit = int.MaxValue } },
            { "Permits is 4 and Limit is 3;", shared with { Permits = 4, Limit = 3 } },
            { "Limit is 0;", shared with { Limit = 0 } },
            { "Limit is -1;", shared with { Limit = -1 } },
            { "Limit is 1000001;", shared with { Limit = 1_000_001 } },
            { "Permits is 2 and Mode is Exclusive;", exclusive with { Permits = 2 } },
            { "Permits is 2 and Mode is Upgradeable;", upgradeable with { Permits = 2 } },
            { "Permits is 0;", exclusive with { Permits = 0 } },
            { "Limit is 1 and Mode is Exclusive;", exclusive with { Limit = 1 } },
            { "Limit is 3 and Mode is Upgradeable;", upgradeable with { Limit = 3 } },
        };
    }

    [Theory]
    [MemberData(nameof(BadRequests), DisableDiscoveryEnumeration = true)]
    public async Task Acquire_RequestAgainstTheRules_IsDeniedAsInvalidAndChangesNothing(string mention, AcquireRequest request)
    {
        await NewUpgradeable().TakeAsync();

        await AssertChangesNothingAsync(async () => AssertInvalid(mention, await Grain.AcquireAsync(request)));
    }

    public static TheoryData<string, UpgradeRequest> BadUpgrades()
    {
        var good = new UpgradeRequest { LeaseId = Guid.Empty, Change = 1, Wait = TimeSpan.FromSeconds(1) };
        return new()
        {
            { "Change is 0; it must be 1 or more", good with { Change = 0 } },
            { "Change is -1;", good with { Change = -1 } },
            { "Wait is -1s;", good with { Wait = TimeSpan.FromSeconds(-1) } },
            { "Wait is infinite;", good with { Wait = Timeout.InfiniteTimeSpan } },
            { "Slice is 0;", good with { Slice = TimeSpan.Zero } },
            { "Slice is infinite;", good with { Slice = Timeout.InfiniteTimeSpan } },
            { "BeatPeriod is 0;", good with { BeatPeriod = TimeSpan.Zero } },
            { "BeatPeriod is 4s; it must be more than 0 and at most 3s", good with { BeatPeriod = TimeSpan.FromSeconds(4) } },
        };
    }

    [Theory]
    [MemberData(nameof(BadUpgrades), DisableDiscoveryEnumeration = true)]
    public async Task Upgrade_RequestAgainstTheRules_IsDeniedAsInvalidAndChangesNothing(string mention, UpgradeRequest request)
    {
        var holder = NewUpgradeable();
        await holder.TakeAsync();

        await AssertChangesNothingAsync(async () => AssertInvalid(mention, await Grain.UpgradeAsync(request with { LeaseId = holder.LeaseId })));
    }

    [Fact]
    public async Task Upgrade_OfASharedHold_IsDeniedAsInvalidAndNamesTheWayOut()
    {
        var reader = new Attempt(Grain, "reader") { Mode = LockMode.Shared };
        await reader.TakeAsync();

        await AssertChangesNothingAsync(async () => AssertInvalid("only an Upgradeable hold can be upgraded", await reader.TryUpgradeAsync(change: 1)));
    }

    [Theory]
    [InlineData("Change is 0;", 0, LockMode.Shared, 1)]
    [InlineData("Change is -5;", -5, LockMode.Shared, 1)]
    [InlineData("Mode is None;", 1, LockMode.None, 1)]
    [InlineData("Mode is 77;", 1, (LockMode)77, 1)]
    [InlineData("Mode is Exclusive; it must be a part of Shared", 1, LockMode.Exclusive, 1)]
    [InlineData("Mode is Upgradeable; it must be a part of Shared", 1, LockMode.Upgradeable, 1)]
    [InlineData("Permits is 0;", 1, LockMode.Shared, 0)]
    [InlineData("Permits is -1;", 1, LockMode.Shared, -1)]
    [InlineData("Permits is 4; it must be from 1 to 3, which are held.", 1, LockMode.Shared, 4)]
    public async Task Downgrade_ToWhatIsNoPartOfPermits_IsRefusedAndChangesNothing(string mention, int change, LockMode mode, int permits)
    {
        var holder = new Attempt(Grain, "holder") { Mode = LockMode.Shared, Permits = 3, Limit = 5 };
        await holder.TakeAsync();

        await AssertChangesNothingAsync(async () => AssertRefused(mention, await holder.DowngradeAsync(change, mode, permits)));
    }

    [Theory]
    [InlineData("Mode is Exclusive; it must be a part of Upgradeable", LockMode.Upgradeable, LockMode.Exclusive, 1)]
    [InlineData("Permits is 2; it must be from 1 to 1", LockMode.Upgradeable, LockMode.Shared, 2)]
    [InlineData("Permits is 2; it must be from 1 to 1", LockMode.Exclusive, LockMode.Shared, 2)]
    [InlineData("Permits is 2 and Mode is Exclusive;", LockMode.Exclusive, LockMode.Exclusive, 2)]
    public async Task Downgrade_ToMoreThanIsHeld_IsRefusedAndChangesNothing(string mention, LockMode held, LockMode mode, int permits)
    {
        var holder = new Attempt(Grain, "holder") { Mode = held };
        await holder.TakeAsync();

        await AssertChangesNothingAsync(async () => AssertRefused(mention, await holder.DowngradeAsync(1, mode, permits)));
    }

    [Theory]
    [InlineData(LockMode.Exclusive, 0)]
    [InlineData(LockMode.Exclusive, -1)]
    [InlineData(LockMode.Upgradeable, 0)]
    [InlineData(LockMode.Shared, int.MinValue)]
    public async Task CancelUpgrade_NumberOfNoChange_LeavesTheHold(LockMode held, int change)
    {
        var holder = new Attempt(Grain, "holder") { Mode = held };
        await holder.TakeAsync();
        var before = await DescribeAsync();

        await holder.CancelUpgradeAsync(change);

        Assert.Equal(before, await DescribeAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_ForeignOrEmptyLeaseId_AreAnsweredAndChangeNothing(bool isEmpty)
    {
        await NewUpgradeable().TakeAsync();
        var foreign = isEmpty ? Guid.Empty : Guid.NewGuid();

        await AssertChangesNothingAsync(async () =>
        {
            var upgrade = await Grain.UpgradeAsync(new UpgradeRequest { LeaseId = foreign, Change = 1, Wait = TimeSpan.FromSeconds(1) });
            Assert.Equal((AcquireStatus.Denied, DenyReason.NotHeld), (upgrade.Status, upgrade.Reason));
            Assert.Equal(ChangeStatus.NotHeld, (await Grain.CancelUpgradeAsync(foreign, 1)).Status);
            Assert.Equal(ChangeStatus.NotHeld, (await Grain.DowngradeAsync(new DowngradeRequest { LeaseId = foreign, Change = 1 })).Status);
        });
    }

    [Fact]
    public async Task Changes_NullRequest_AreRefused()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Grain.UpgradeAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await Grain.DowngradeAsync(null!));
    }

    private Attempt NewUpgradeable() => new(Grain, "holder") { Mode = LockMode.Upgradeable };

    private async Task AssertChangesNothingAsync(Func<Task> act)
    {
        var writes = fixture.Cluster.Probe[_key].HeadWrites;
        var before = await DescribeAsync();

        await act();

        Assert.Equal(before, await DescribeAsync());
        Assert.Equal(writes, fixture.Cluster.Probe[_key].HeadWrites);
    }

    /// <summary>What of the info does not change by time alone.</summary>
    private async Task<string> DescribeAsync()
    {
        var info = await Grain.GetInfoAsync();
        var holders = info.Holders.Select(holder => $"{holder.OwnerId} {holder.Mode} {holder.Permits} {string.Join(" ", holder.PermitNumbers)} {holder.FencingToken}");
        return string.Join(", ", [.. holders, $"{info.HolderCount} {info.PermitsTaken} {info.LastFencingToken} {info.QueueLength}"]);
    }

    private static void AssertInvalid(string mention, AcquireReply reply)
    {
        Assert.Equal((AcquireStatus.Denied, DenyReason.Invalid), (reply.Status, reply.Reason));
        Assert.Contains(mention, reply.Detail, StringComparison.Ordinal);
    }

    private static void AssertRefused(string mention, ChangeReply reply)
    {
        Assert.Equal(ChangeStatus.Refused, reply.Status);
        Assert.Contains(mention, reply.Detail, StringComparison.Ordinal);
    }
}
