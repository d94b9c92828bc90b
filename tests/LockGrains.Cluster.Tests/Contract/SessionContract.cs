namespace LockGrains.Cluster.Tests;

/// <summary>What is held under a session ends with it, and not before its end is in storage; over a real cluster, whatever storage keeps the locks.</summary>
public abstract class SessionContract(ContractFixture fixture) : KindContract(fixture), IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HoldLease = TimeSpan.FromMinutes(10);

    private readonly string _id = Guid.NewGuid().ToString();
    private LockClient _client = null!;
    private LockClient _other = null!;

    private ILockGrain SessionGrain => Fixture.Cluster.Grains.GetSession(_id);

    public Task InitializeAsync()
    {
        (_client, _other) = (Fixture.NewClient(), Fixture.NewClient());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _other.DisposeAsync();
    }

    [ContractFact]
    public async Task Session_Disposed_FreesWhatIsHeldUnderIt()
    {
        var session = await _client.OpenSessionAsync();
        var handle = await session.AcquireAsync(Key, Patience);
        Assert.Equal(session.Id, (await GetInfoAsync()).Holder!.SessionId);
        var waiting = _other.AcquireAsync(Key, Patience).AsTask();
        await Eventually.BecomesAsync(GetInfoAsync, info => info.QueueLength == 1, "the waiter");

        await session.DisposeAsync();
        await using var next = await waiting;
        Assert.True(next.FencingToken > handle.FencingToken);
        Assert.Equal(EndReason.SessionEnded, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
    }

    [ContractFact]
    public async Task Session_Revoked_ItsLocksAreHandedOnAndItLearnsOfIt()
    {
        await using var session = await _client.OpenSessionAsync(new LockSessionOptions { Lease = TimeSpan.FromSeconds(6) });
        await using var handle = await session.AcquireAsync(Key, Patience);

        Assert.NotEqual(RevokeStatus.Unknown, (await _other.RevokeSessionAsync(session.Id)).Status);
        await using var next = await _other.AcquireAsync(Key, Patience);
        await handle.HandleLostToken.WhenCancelledAsync("loss of the handle");
        Assert.True(session.IsLost);
        await Assert.ThrowsAsync<LockSessionLostException>(() => session.AcquireAsync(Key).AsTask());
    }

    /// <summary>Its own renewal would find out some 200 s later.</summary>
    [ContractFact]
    public async Task Hold_RevokedByItself_LearnsOfItWithTheHeartbeatsOfItsSession()
    {
        await using var session = await _client.OpenSessionAsync(new LockSessionOptions { Lease = TimeSpan.FromSeconds(6) });
        await using var handle = await session.AcquireAsync(Key, Patience);

        Assert.NotEqual(RevokeStatus.Unknown, (await _other.RevokeAsync(Key, handle.FencingToken)).Status);

        // An activation that was not told what became of its write leaves no word, since it does not know that the hold is over.
        if (Fixture.LosesReplies)
            Assert.False(await handle.VerifyAsync());
        await handle.HandleLostToken.WhenCancelledAsync("loss of the handle");
        Assert.False(session.IsLost);
    }

    /// <summary>Nobody renews it, as if its process had died. The lease of the lock itself lasts for ten minutes more.</summary>
    [ContractFact]
    public async Task Session_ThatDies_ItsLockIsFreeWhenItsLeaseHasRunOut()
    {
        var token = await OpenAsync(TimeSpan.FromSeconds(2));
        AssertGranted(await AcquireUnderAsync(token));
        var waiter = NewWriter("waiter");

        AssertGranted(await waiter.WaitAsync().WithinPatienceAsync("grant after the end of the session"));
        Assert.Equal("waiter", await HoldersAsync());
    }

    [ContractFact]
    public async Task Try_AfterTheSessionDied_HasTheLock()
    {
        var token = await OpenAsync(TimeSpan.FromSeconds(1));
        AssertGranted(await AcquireUnderAsync(token));
        await Eventually.BecomesAsync(() => new Attempt(SessionGrain, "nobody", Fixture.LosesReplies).GetInfoAsync(), info => info.HolderCount == 0, "end of the session");

        // Where replies are lost, one of them may be that of the session's grain, and then it counts as alive.
        if (Fixture.LosesReplies)
            await Eventually.BecomesAsync(() => NewWriter("late").TryAsync(), reply => reply.Status == AcquireStatus.Granted, "grant of a try");
        else
            AssertGranted(await NewWriter("late").TryAsync());
    }

    [ContractFact]
    public async Task Session_ThatLives_KeepsItsLockThroughTheEndsOfBothActivations()
    {
        var token = await OpenAsync(TimeSpan.FromMinutes(5));
        AssertGranted(await AcquireUnderAsync(token));
        await Fixture.Cluster.Inner.DeactivateAsync(SessionGrain.GetGrainId());
        var waiter = NewWriter("waiter");
        var wait = waiter.WaitAsync();
        await WhenAttachedAsync(1);

        await Fixture.Cluster.DeactivateAsync(Key);
        await WhenAttachedAsync(1);
        Assert.Equal("holder", await HoldersAsync());
        Assert.Equal(_id, (await GetInfoAsync()).Holder!.SessionId);

        await new Attempt(SessionGrain, "operator", Fixture.LosesReplies).RevokeAsync(token);
        AssertGranted(await wait.WithinPatienceAsync("grant after the end of the session"));
    }

    /// <summary>A session of the same name that comes after it inherits nothing.</summary>
    [ContractFact]
    public async Task Session_OpenedAgain_HasNothingOfTheOneBefore()
    {
        var token = await OpenAsync(TimeSpan.FromMinutes(5));
        AssertGranted(await AcquireUnderAsync(token));
        await new Attempt(SessionGrain, "operator", Fixture.LosesReplies).RevokeAsync(token);
        await OpenAsync(TimeSpan.FromMinutes(5));

        AssertGranted(await NewWriter("next").WaitAsync().WithinPatienceAsync("grant after the end of the first session"));
    }

    [ContractFact]
    public async Task Session_OfALockUnderAnotherName_IsNoLockOfThatName()
    {
        await OpenAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(0, (await Fixture.Cluster.GetLock(_id).GetInfoAsync()).HolderCount);
    }

    private async Task<long> OpenAsync(TimeSpan lease)
    {
        var session = new Attempt(SessionGrain, "session", Fixture.LosesReplies);
        var reply = await session.AcquireAsync(session.Request with { Lease = lease });
        AssertGranted(reply);
        return reply.FencingToken;
    }

    private Task<AcquireReply> AcquireUnderAsync(long token)
    {
        var holder = NewWriter("holder");
        return holder.AcquireAsync(holder.Request with { Lease = HoldLease, SessionId = _id, SessionToken = token });
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemorySessionTests(MemoryFixture fixture) : SessionContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisSessionTests(RedisFixture fixture) : SessionContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultySessionTests(FaultyFixture fixture) : SessionContract(fixture);
