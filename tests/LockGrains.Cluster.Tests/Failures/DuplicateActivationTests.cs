using Xunit.Abstractions;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// Two clusters that know nothing of each other share one Redis and one service id: each has a live activation of the same
/// lock, and both stay alive. Orleans cannot rule this out; the records' ETags must be enough. This is no way to run locks, but
/// even so nobody holds together.
/// </summary>
public sealed class DuplicateActivationTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly string _key = LockCluster.NewKey("twice");
    private RedisServer _redis = null!;
    private LockCluster _left = null!;
    private LockCluster _right = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        var settings = new LockClusterSettings
        {
            Silos = 1,
            Redis = _redis.PatientConnectionString,
            ServiceId = "shared",
            Policy = new LockPolicy { ReleaseWriteDelay = TimeSpan.Zero, ValidationAge = TimeSpan.Zero },
        };
        _left = await LockCluster.StartAsync(settings);
        _right = await LockCluster.StartAsync(settings with { Probe = new StorageProbe() });
    }

    public async Task DisposeAsync()
    {
        await _left.DisposeAsync();
        await _right.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [RedisFact]
    public async Task Lock_UsedInTurnsThroughBoth_TheOutdatedOneSaysUnknownAndRecovers()
    {
        var (left, right) = (_left.GetLock(_key), _right.GetLock(_key));
        Assert.Equal(left.GetGrainId(), right.GetGrainId());
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());

        var granted = await left.AcquireAsync(new AcquireRequest { LeaseId = first });
        Assert.Equal(AcquireStatus.Granted, granted.Status);

        // The right one loads the lock and takes it over from the left one; who holds it stays the same.
        Assert.Equal(DenyReason.Busy, (await right.AcquireAsync(new AcquireRequest { LeaseId = second })).Reason);
        Assert.Equal(VerifyStatus.Current, (await right.VerifyAsync(first)).Status);

        // The left one is outdated: it finds out, answers nothing, and its successor takes the lock over again.
        var renewal = await left.RenewAsync(first);
        Assert.Equal(RenewStatus.Unknown, renewal.Status);
        Assert.Contains("another activation writes this key", renewal.Detail, StringComparison.Ordinal);
        Assert.Equal(RenewStatus.Renewed, (await left.RenewAsync(first)).Status);

        // And so the right one is outdated now.
        Assert.Equal(ReleaseStatus.Unknown, (await right.ReleaseAsync(first)).Status);
        Assert.Equal(ReleaseStatus.Released, (await right.ReleaseAsync(first)).Status);
        Assert.Equal(AcquireStatus.Unknown, (await left.AcquireAsync(new AcquireRequest { LeaseId = second })).Status);
        var next = await left.AcquireAsync(new AcquireRequest { LeaseId = second });
        Assert.Equal(AcquireStatus.Granted, next.Status);
        Assert.True(next.FencingToken > granted.FencingToken);
        Assert.Equal((VerifyStatus.NotHeld, VerifyStatus.Current), await VerifyBothAsync(left, first, second));
    }

    [RedisFact]
    public async Task Lock_FoughtOverThroughBoth_IsNeverHeldTwice()
    {
        const int Contenders = 4;
        const int Rounds = 60;
        var grants = new GrantLog();
        var inside = 0;
        var unknown = 0;

        await Task.WhenAll(new[] { _left, _right }.SelectMany(cluster =>
            Enumerable.Range(0, Contenders).Select(number => Task.Run(() => ContendAsync(cluster.GetLock(_key), number)))));

        output.WriteLine(
            $"{2 * Contenders * Rounds} attempts through two activations: {grants.Count} grants, {unknown} unknown answers.");
        Assert.Equal(grants.Tokens.Order(), grants.Tokens);
        Assert.Equal(grants.Count, grants.Tokens.Distinct().Count());
        Assert.True(grants.Count >= 10, $"There were only {grants.Count} grants.");

        async Task ContendAsync(ILockGrain grain, int number)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var attempt = new Attempt(grain, mayBeUnknown: true);
                var reply = await grain.AcquireAsync(attempt.Request);
                if (reply.Status == AcquireStatus.Granted)
                {
                    Assert.Equal(1, Interlocked.Increment(ref inside));
                    grants.Add(number, reply.FencingToken);
                    Interlocked.Decrement(ref inside);
                }
                else if (reply.Status == AcquireStatus.Unknown)
                {
                    Interlocked.Increment(ref unknown);
                }

                // Whatever came of it: what may be held is given back before the next round.
                Assert.NotEqual(CancelStatus.Unknown, (await CancelAsync(grain, attempt.LeaseId)).Status);
            }
        }
    }

    /// <summary>
    /// Repeats until there is an answer; the two activations take the lock from each other for as long as both are asked.
    /// </summary>
    private static Task<CancelReply> CancelAsync(ILockGrain grain, Guid leaseId) => Eventually.BecomesAsync(
        async () => await grain.CancelAsync(leaseId), reply => reply.Status != CancelStatus.Unknown, "answer to a cancel");

    private static async Task<(VerifyStatus First, VerifyStatus Second)> VerifyBothAsync(
        ILockGrain grain, Guid first, Guid second) =>
        ((await grain.VerifyAsync(first)).Status, (await grain.VerifyAsync(second)).Status);
}
