namespace LockGrains.Cluster.Tests;

/// <summary>
/// Somebody damaged, replaced or planted a key's record in Redis, or a newer silo wrote it. That key says so and guesses
/// nothing, all others go on, and when the record is taken away the key works again, with tokens that go on growing.
/// </summary>
[Collection(RedisCollection.Name)]
public sealed class PlantedRecordTests(RedisFixture fixture)
{
    private readonly string _key = LockCluster.NewKey("planted");

    public static TheoryData<string, string> Bytes() => new()
    {
        { "truncated", "The stored lock record" },
        { "truncated to its header", "are not a LockGrains lock record" },
        { "truncated to nothing", "(0) are not a LockGrains lock record" },
        { "one bit flipped", "is damaged: its checksum does not match" },
        { "longer", "is damaged: its checksum does not match" },
        { "text", "The stored bytes (12) are not a LockGrains lock record" },
        { "json", "are not a LockGrains lock record" },
        { "newer version", "has version 133; this silo reads version 132. A newer silo wrote it: upgrade this one." },
        { "a chunk of a queue", "are not a LockGrains lock record" },
    };

    [RedisTheory]
    [MemberData(nameof(Bytes))]
    public async Task Record_OfOtherBytes_FailsThisKeyAloneAndSaysWhat(string what, string mention)
    {
        var (holder, token) = await HoldAndDeactivateAsync();
        await fixture.Records.WriteAsync(_key, Damage(await fixture.Records.ReadAsync(_key), what));

        await AssertAllUnknownAsync(holder, mention);
        await AssertOthersWorkAsync();
        await fixture.Records.DeleteAsync(_key);
        await AssertWorksAgainAsync(token);
    }

    [RedisFact]
    public async Task Record_OfAnotherRedisType_FailsThisKeyAloneAndSaysWhat()
    {
        var (holder, token) = await HoldAndDeactivateAsync();
        await fixture.Records.DeleteAsync(_key);
        await fixture.Records.Database.StringSetAsync(fixture.Records.KeyOf(_key), "not a hash");

        await AssertAllUnknownAsync(holder, "WRONGTYPE");
        await AssertOthersWorkAsync();
        await fixture.Records.DeleteAsync(_key);
        await AssertWorksAgainAsync(token);
    }

    [RedisFact]
    public async Task Record_OfOtherFields_FailsThisKeyAloneAndSaysWhat()
    {
        var (holder, token) = await HoldAndDeactivateAsync();
        await fixture.Records.DeleteAsync(_key);
        await fixture.Records.Database.HashSetAsync(fixture.Records.KeyOf(_key), [new("name", "value"), new("data", "value")]);

        await AssertAllUnknownAsync(holder, "Failed to read grain state");
        await AssertOthersWorkAsync();
        await fixture.Records.DeleteAsync(_key);
        await AssertWorksAgainAsync(token);
    }

    [RedisFact]
    public async Task Record_WithAnExtraField_GrantsNothing()
    {
        var (_, token) = await HoldAndDeactivateAsync();
        await fixture.Records.Database.HashSetAsync(fixture.Records.KeyOf(_key), "extra", "field");

        // Orleans reads such a record as none at all, but does not write over it.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var reply = await Grain.AcquireAsync(new Attempt(Grain).Request);
            Assert.Equal(AcquireStatus.Unknown, reply.Status);
            Assert.Contains("has another ETag than expected", reply.Detail, StringComparison.Ordinal);
            Assert.Contains("or the record was changed", reply.Detail, StringComparison.Ordinal);
        }

        await AssertOthersWorkAsync();
        await fixture.Records.DeleteAsync(_key);
        await AssertWorksAgainAsync(token);
    }

    [RedisFact]
    public async Task Record_WithAnExtraField_IsNotTakenForProofThatTheHolderLostTheLock()
    {
        var (holder, _) = await HoldAndDeactivateAsync();
        await fixture.Records.Database.HashSetAsync(fixture.Records.KeyOf(_key), "extra", "field");

        Assert.Equal(RenewStatus.Unknown, (await Grain.RenewAsync(holder.LeaseId)).Status);
        Assert.Equal(VerifyStatus.Unknown, (await Grain.VerifyAsync(holder.LeaseId)).Status);
    }

    [RedisFact]
    public async Task Chunk_OfOtherBytes_FailsThisKeyAloneAndSaysWhat()
    {
        var holder = new Attempt(Grain, "holder");
        var token = await holder.TakeAsync();
        await new Attempt(Grain, "waiter").QueueAsync();
        await fixture.Cluster.DeactivateAsync(_key);
        var slot = RecordName.QueueSlot(0).ToString();
        var intact = await fixture.Records.ReadAsync(_key, slot);
        await fixture.Records.WriteAsync(_key, "hello, world"u8.ToArray(), slot);

        await AssertAllUnknownAsync(holder, "are not a LockGrains queue chunk");
        await AssertOthersWorkAsync();
        await fixture.Records.WriteAsync(_key, intact, slot);
        var info = await holder.GetInfoAsync();
        Assert.Equal((token, "waiter"), (info.Holder!.FencingToken, Assert.Single(info.Waiters).OwnerId));
    }

    [RedisFact]
    public async Task Client_KeyOfADamagedRecord_ThrowsUnavailableThatSaysWhat()
    {
        await HoldAndDeactivateAsync();
        await fixture.Records.WriteAsync(_key, Damage(await fixture.Records.ReadAsync(_key), "newer version"));
        await using var client = LockClient.Create(
            fixture.Cluster.Grains, new LockClientOptions
            {
                UnavailableTimeout = TimeSpan.FromMilliseconds(300),
                AttemptTimeout = TimeSpan.FromMilliseconds(500),
            });

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(async () => await client.AcquireAsync(_key));

        Assert.Equal(_key, exception.Key);
        Assert.Contains("has version 133; this silo reads version 132", exception.ToString(), StringComparison.Ordinal);
    }

    private ILockGrain Grain => fixture.Cluster.GetLock(_key);

    private static byte[] Damage(byte[] record, string what)
    {
        byte[] damaged = [.. record];
        switch (what)
        {
            case "truncated":
                return record[..(record.Length / 2)];
            case "truncated to its header":
                return record[..5];
            case "truncated to nothing":
                return [];
            case "one bit flipped":
                damaged[record.Length / 2] ^= 1;
                return damaged;
            case "longer":
                return [.. record, 0];
            case "newer version":
                damaged[4] = RecordCodec.Version + 1;
                return damaged;
            case "a chunk of a queue":
                return RecordCodec.Encode(new QueueChunk(0, []));
            case "text":
                return "hello, world"u8.ToArray();
            case "json":
                return """{"$type":"System.Diagnostics.Process, System.Diagnostics.Process","StartInfo":{}}"""u8.ToArray();
            default:
                throw new ArgumentException($"There is no damage called '{what}'.", nameof(what));
        }
    }

    private async Task<(Attempt Holder, long Token)> HoldAndDeactivateAsync()
    {
        var holder = new Attempt(Grain, "holder");
        var token = await holder.TakeAsync();
        await fixture.Cluster.DeactivateAsync(_key);
        return (holder, token);
    }

    private async Task AssertAllUnknownAsync(Attempt holder, string mention)
    {
        var stranger = Guid.NewGuid();
        var acquire = await Grain.AcquireAsync(new AcquireRequest { LeaseId = stranger });
        var renew = await Grain.RenewAsync(holder.LeaseId);
        var release = await Grain.ReleaseAsync(holder.LeaseId);
        var cancel = await Grain.CancelAsync(stranger);
        var verify = await Grain.VerifyAsync(holder.LeaseId);
        var revoke = await Grain.RevokeAsync();
        var info = await Grain.GetInfoAsync();

        Assert.Equal(
            (AcquireStatus.Unknown, RenewStatus.Unknown, ReleaseStatus.Unknown, CancelStatus.Unknown),
            (acquire.Status, renew.Status, release.Status, cancel.Status));
        Assert.Equal((VerifyStatus.Unknown, RevokeStatus.Unknown, false), (verify.Status, revoke.Status, info.Known));
        Assert.All(
            [acquire.Detail, renew.Detail, release.Detail, cancel.Detail, verify.Detail, revoke.Detail, info.Detail],
            detail => Assert.Contains(mention, detail, StringComparison.Ordinal));
    }

    private async Task AssertOthersWorkAsync()
    {
        var other = new Attempt(fixture.Cluster.GetLock(LockCluster.NewKey("intact")));
        await other.TakeAsync();
        Assert.Equal(ReleaseStatus.Released, (await other.ReleaseAsync()).Status);
    }

    private async Task AssertWorksAgainAsync(long tokenBefore)
    {
        var after = new Attempt(Grain, "after");
        Assert.True(await after.TakeAsync() > tokenBefore);
        Assert.Equal(ReleaseStatus.Released, (await after.ReleaseAsync()).Status);
    }
}
