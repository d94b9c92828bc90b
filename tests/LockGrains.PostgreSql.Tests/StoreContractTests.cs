using System.Text;

namespace LockGrains.PostgreSql.Tests;

/// <summary>What every store must do, done by PostgreSQL.</summary>
public sealed class StoreContractTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly byte[] One = [1, 2, 3];
    private static readonly byte[] Two = [4, 5];

    private PostgreSqlLocks _locks = null!;

    private ILockStore Store => _locks.Open(LockSpace.Lock, "key");

    public async Task InitializeAsync()
    {
        if (PostgresInstallation.SkipReason is null)
            _locks = await Locks.PrepareAsync(fixture.Server.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        if (_locks is not null)
            await _locks.DisposeAsync();
    }

    [PostgresFact]
    public async Task Load_NoRecord_IsEmptyWithoutETag()
    {
        var record = await Store.LoadAsync(RecordName.Lock);

        Assert.Null(record.ETag);
        Assert.True(record.Data.IsEmpty);
    }

    [PostgresFact]
    public async Task Create_Absent_IsReadBackByAnotherProvider()
    {
        var write = await Store.CompareAndSetAsync(RecordName.Lock, null, One);

        await using var other = await Locks.PrepareAsync(fixture.Server.ConnectionString, ServiceOf(_locks));
        var record = await other.Open(LockSpace.Lock, "key").LoadAsync(RecordName.Lock);
        Assert.False(write.IsConflict);
        Assert.Equal(write.ETag, record.ETag);
        Assert.Equal(One, record.Data.ToArray());
    }

    [PostgresFact]
    public async Task Create_Present_IsAConflictAndChangesNothing()
    {
        var first = await Store.CompareAndSetAsync(RecordName.Lock, null, One);

        Assert.Equal(StoreWrite.Conflict, await Store.CompareAndSetAsync(RecordName.Lock, null, Two));
        await AssertRecordAsync(first.ETag, One);
    }

    [PostgresFact]
    public async Task Set_OldETag_IsAConflictAndChangesNothing()
    {
        var first = await Store.CompareAndSetAsync(RecordName.Lock, null, One);
        var second = await Store.CompareAndSetAsync(RecordName.Lock, first.ETag, Two);

        Assert.Equal(StoreWrite.Conflict, await Store.CompareAndSetAsync(RecordName.Lock, first.ETag, One));
        await AssertRecordAsync(second.ETag, Two);
    }

    [PostgresFact]
    public async Task Set_Absent_IsAConflictAndCreatesNothing()
    {
        var never = Guid.NewGuid().ToString("N");

        Assert.Equal(StoreWrite.Conflict, await Store.CompareAndSetAsync(RecordName.Lock, never, One));
        await AssertRecordAsync(null, []);
    }

    [PostgresFact]
    public async Task Set_ETagOfAnotherStore_IsAConflict()
    {
        await Store.CompareAndSetAsync(RecordName.Lock, null, One);

        Assert.True((await Store.CompareAndSetAsync(RecordName.Lock, "W/\"7\"", Two)).IsConflict);
        Assert.True((await Store.CompareAndDeleteAsync(RecordName.Lock, "W/\"7\"")).IsConflict);
    }

    [PostgresFact]
    public async Task Delete_ETagOfNow_TakesTheRecordAndNoOldETagPassesAgain()
    {
        var first = await Store.CompareAndSetAsync(RecordName.Lock, null, One);

        Assert.Equal(StoreWrite.Written(null), await Store.CompareAndDeleteAsync(RecordName.Lock, first.ETag!));
        await AssertRecordAsync(null, []);
        Assert.True((await Store.CompareAndDeleteAsync(RecordName.Lock, first.ETag!)).IsConflict);

        var again = await Store.CompareAndSetAsync(RecordName.Lock, null, One);
        Assert.NotEqual(first.ETag, again.ETag);
        Assert.True((await Store.CompareAndSetAsync(RecordName.Lock, first.ETag, Two)).IsConflict);
        Assert.True((await Store.CompareAndDeleteAsync(RecordName.Lock, first.ETag!)).IsConflict);
        await AssertRecordAsync(again.ETag, One);
    }

    [PostgresFact]
    public async Task Set_BackToAnEarlierContent_HasAnETagOfItsOwn()
    {
        var seen = new HashSet<string>();
        string? etag = null;
        for (var round = 0; round < 200; round++)
        {
            var write = await Store.CompareAndSetAsync(RecordName.Lock, etag, round % 2 == 0 ? One : Two);
            Assert.True(seen.Add(write.ETag!), $"the ETag of round {round} was there before");
            etag = write.ETag;
        }
    }

    [PostgresTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8192)]
    [InlineData(65536)]
    public async Task Set_AnySize_IsReadBackByteForByte(int size)
    {
        var data = new byte[size];
        new Random(size).NextBytes(data);
        var write = await Store.CompareAndSetAsync(RecordName.QueueSlot(3), null, data);

        var record = await Store.LoadAsync(RecordName.QueueSlot(3));
        Assert.Equal(write.ETag, record.ETag);
        Assert.Equal(data, record.Data.ToArray());
    }

    [PostgresFact]
    public async Task Create_ThirtyTwoAtOnceTwoHundredTimes_HasOneWinner()
    {
        await using var other = await Locks.PrepareAsync(fixture.Server.ConnectionString, ServiceOf(_locks));
        for (var round = 0; round < 200; round++)
        {
            var key = $"race {round}";
            var writes = await RaceAsync(32, contender =>
                (contender % 2 == 0 ? _locks : other).Open(LockSpace.Lock, key).CompareAndSetAsync(RecordName.Lock, null, new[] { (byte)contender }));
            await AssertOneWinnerAsync(key, writes);
        }
    }

    [PostgresFact]
    public async Task Set_ThirtyTwoAtOnceTwoHundredTimes_HasOneWinner()
    {
        await using var other = await Locks.PrepareAsync(fixture.Server.ConnectionString, ServiceOf(_locks));
        var etag = (await Store.CompareAndSetAsync(RecordName.Lock, null, One)).ETag;
        for (var round = 0; round < 200; round++)
        {
            var before = etag;
            var writes = await RaceAsync(32, contender =>
                (contender % 2 == 0 ? _locks : other).Open(LockSpace.Lock, "key").CompareAndSetAsync(RecordName.Lock, before, new[] { (byte)contender }));
            etag = await AssertOneWinnerAsync("key", writes);
        }
    }

    [PostgresFact]
    public async Task DeleteAndSet_AtOnce_OnlyOneOfThemCounts()
    {
        for (var round = 0; round < 100; round++)
        {
            var store = _locks.Open(LockSpace.Lock, $"contested {round}");
            var first = await store.CompareAndSetAsync(RecordName.Lock, null, One);
            var writes = await RaceAsync(16, contender => contender % 2 == 0
                ? store.CompareAndDeleteAsync(RecordName.Lock, first.ETag!)
                : store.CompareAndSetAsync(RecordName.Lock, first.ETag, Two));

            var winner = Assert.Single(writes, write => !write.IsConflict);
            Assert.Equal(winner.ETag, (await store.LoadAsync(RecordName.Lock)).ETag);
        }
    }

    [PostgresFact]
    public async Task Keys_ThatLookAlike_NeverShareARecord()
    {
        string[] keys =
        [
            "1", "01", "001", "a", "A", "0A", "a ", " a", "a\t", "cafe", "CAFE", "face+x", "FACE+x", "é", "e\u0301", "ß", "ss", "ı", "i", "İ",
            "%", "_", "\\", "a%", "a/b", "a_b", "a#b", "a?b", "'", "\"", "--", "x", "queue-0", "lock", "😀", "\u200b", "ａ",
            new string('k', 511), new string('k', 512), new string('k', 510) + "K",
        ];
        var places = keys.SelectMany(key => new[] { LockSpace.Lock, LockSpace.Session, LockSpace.System }
            .SelectMany(space => new[] { RecordName.Lock, RecordName.QueueSlot(0), RecordName.QueueSlot(1) }.Select(name => (space, key, name)))).ToList();
        for (var number = 0; number < places.Count; number++)
        {
            var (space, key, name) = places[number];
            var write = await _locks.Open(space, key).CompareAndSetAsync(name, null, Encoding.UTF8.GetBytes($"{number}"));
            Assert.False(write.IsConflict, $"{places[number]} shares a record");
        }

        for (var number = 0; number < places.Count; number++)
        {
            var (space, key, name) = places[number];
            Assert.Equal($"{number}", Encoding.UTF8.GetString((await _locks.Open(space, key).LoadAsync(name)).Data.Span));
        }
    }

    [PostgresFact]
    public async Task Services_WithTheSameKey_NeverShareARecord()
    {
        await using var upper = Locks.Make(fixture.Server.ConnectionString, "Service é");
        await using var lower = Locks.Make(fixture.Server.ConnectionString, "service é");

        Assert.False((await upper.Open(LockSpace.Lock, "key").CompareAndSetAsync(RecordName.Lock, null, One)).IsConflict);
        Assert.Null((await lower.Open(LockSpace.Lock, "key").LoadAsync(RecordName.Lock)).ETag);
        Assert.Empty(await lower.ListAsync(LockSpace.Lock).ToListAsync());
    }

    [PostgresFact]
    public async Task List_ThousandsOfKeys_GivesThosePrefixedOnceEach()
    {
        var keys = Enumerable.Range(0, 1203).Select(number => $"order/{number:D5}").ToList();
        foreach (var key in keys.Concat(["order", "orde", "ordes", "order/é", "Order/1", "order0"]))
            await _locks.Open(LockSpace.Lock, key).CompareAndSetAsync(RecordName.Lock, null, One);
        await _locks.Open(LockSpace.Lock, "order/only a chunk").CompareAndSetAsync(RecordName.QueueSlot(0), null, One);
        await _locks.Open(LockSpace.Session, "order/session").CompareAndSetAsync(RecordName.Lock, null, One);

        Assert.Equal(keys.Append("order/é"), await _locks.ListAsync(LockSpace.Lock, "order/").ToListAsync());
        Assert.Equal(1203 + 6, (await _locks.ListAsync(LockSpace.Lock).ToListAsync()).Count);
        Assert.Equal(["order/é"], await _locks.ListAsync(LockSpace.Lock, "order/é").ToListAsync());
        Assert.Equal(["order/session"], await _locks.ListAsync(LockSpace.Session).ToListAsync());
        Assert.Empty(await _locks.ListAsync(LockSpace.System).ToListAsync());
    }

    [PostgresFact]
    public async Task Set_InACallersTransaction_IsWrittenAllTheSame()
    {
        // A grain may run in an ambient transaction; what it does with it later must not decide about a lock.
        using (new System.Transactions.TransactionScope(System.Transactions.TransactionScopeAsyncFlowOption.Enabled))
            await Store.CompareAndSetAsync(RecordName.Lock, null, One);

        Assert.Equal(One, (await Store.LoadAsync(RecordName.Lock)).Data.ToArray());
    }

    [PostgresFact]
    public async Task AnyCall_AlreadyCancelled_ChangesNothing()
    {
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.CompareAndSetAsync(RecordName.Lock, null, One, cancelled));
        await AssertRecordAsync(null, []);
    }

    [PostgresFact]
    public void Open_NoSpaceOrNoKey_IsRefusedAtOnce()
    {
        Assert.Throws<ArgumentOutOfRangeException>("space", () => _locks.Open(LockSpace.None, "key"));
        Assert.Throws<ArgumentException>("key", () => _locks.Open(LockSpace.Lock, ""));

        // Half a character is no text: replaced, it would share its record with the other half.
        Assert.ThrowsAny<ArgumentException>(() => _locks.Open(LockSpace.Lock, "\ud83d"));
    }

    private static string ServiceOf(PostgreSqlLocks locks) => locks.Service;

    private static async Task<StoreWrite[]> RaceAsync(int contenders, Func<int, Task<StoreWrite>> write)
    {
        using var start = new Barrier(contenders);
        return await Task.WhenAll(Enumerable.Range(0, contenders).Select(contender => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return write(contender);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap()));
    }

    private async Task<string?> AssertOneWinnerAsync(string key, StoreWrite[] writes)
    {
        var winner = Assert.Single(writes.Index(), write => !write.Item.IsConflict);
        var record = await _locks.Open(LockSpace.Lock, key).LoadAsync(RecordName.Lock);
        Assert.Equal(winner.Item.ETag, record.ETag);
        Assert.Equal([(byte)winner.Index], record.Data.ToArray());
        return record.ETag;
    }

    private async Task AssertRecordAsync(string? etag, byte[] data)
    {
        var record = await Store.LoadAsync(RecordName.Lock);
        Assert.Equal(etag, record.ETag);
        Assert.Equal(data, record.Data.ToArray());
    }
}
