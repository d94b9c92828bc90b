namespace LockGrains.Storage.Tests;

/// <summary>A store is somebody: it gets one identity, from whoever comes first, and keeps it.</summary>
public sealed class StoreIdentityTests
{
    [Fact]
    public async Task GetOrCreate_ManyAtOnce_AllGetTheSame()
    {
        for (var round = 0; round < 50; round++)
        {
            var stores = new ReferenceStores();
            var candidates = Enumerable.Range(0, 32).Select(_ => Guid.NewGuid()).ToArray();

            var all = await Task.WhenAll(candidates.Select(candidate => Task.Run(() => StoreIdentity.GetOrCreateAsync(stores, candidate))));

            Assert.Contains(Assert.Single(all.Distinct()), candidates);
        }
    }

    [Fact]
    public async Task GetOrCreate_Again_IsTheSame_AndAnotherStoreIsAnother()
    {
        var (stores, others) = (new ReferenceStores(), new ReferenceStores());
        var identity = await StoreIdentity.GetOrCreateAsync(stores, Guid.NewGuid());

        Assert.Equal(identity, await StoreIdentity.GetOrCreateAsync(stores, Guid.NewGuid()));
        Assert.NotEqual(identity, await StoreIdentity.GetOrCreateAsync(others, Guid.NewGuid()));
    }

    [Fact]
    public async Task GetOrCreate_WriteOfUnknownOutcome_IsFoundOutByAskingAgain()
    {
        var stores = new FailingStores(new ReferenceStores());
        var candidate = Guid.NewGuid();
        stores.FailAfterNextWrite = true;

        await Assert.ThrowsAsync<IOException>(() => StoreIdentity.GetOrCreateAsync(stores, candidate));

        Assert.Equal(candidate, await StoreIdentity.GetOrCreateAsync(stores, candidate));
    }

    [Fact]
    public async Task GetOrCreate_RecordMadeBetweenLookAndWrite_IsTaken()
    {
        var stores = new FailingStores(new ReferenceStores());
        var theirs = Guid.NewGuid();
        stores.BeforeNextWrite = () => StoreIdentity.GetOrCreateAsync(stores.Inner, theirs);

        Assert.Equal(theirs, await StoreIdentity.GetOrCreateAsync(stores, Guid.NewGuid()));
    }

    [Theory]
    [InlineData(0, "do not begin like one")]
    [InlineData(3, "has version 129")]
    [InlineData(10, "is damaged")]
    [InlineData(23, "is damaged")]
    public async Task GetOrCreate_RecordThatIsNone_IsRefusedAndLeftAsItIs(int changed, string reason)
    {
        var stores = new ReferenceStores();
        await StoreIdentity.GetOrCreateAsync(stores, Guid.NewGuid());
        var store = stores.Open(LockSpace.System, StoreIdentity.Key);
        var record = await store.LoadAsync(RecordName.Lock);
        var bytes = record.Data.ToArray();
        bytes[changed]++;
        var etag = (await store.CompareAndSetAsync(RecordName.Lock, record.ETag, bytes)).ETag;

        var exception = await Assert.ThrowsAsync<RecordFormatException>(() => StoreIdentity.GetOrCreateAsync(stores, Guid.NewGuid()));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Equal(etag, (await store.LoadAsync(RecordName.Lock)).ETag);
    }

    [Fact]
    public async Task Record_Bytes_AreThese()
    {
        var stores = new ReferenceStores();
        await StoreIdentity.GetOrCreateAsync(stores, new Guid("00112233-4455-6677-8899-aabbccddeeff"));

        var record = await stores.Open(LockSpace.System, "identity").LoadAsync(RecordName.Lock);

        Assert.Equal("4c474980" + "00112233445566778899aabbccddeeff", Convert.ToHexStringLower(record.Data.Span[..20]));
        Assert.Equal(24, record.Data.Length);
    }

    [Fact]
    public async Task GetOrCreate_EmptyCandidate_IsRefused() =>
        await Assert.ThrowsAsync<ArgumentException>("candidate", () => StoreIdentity.GetOrCreateAsync(new ReferenceStores(), Guid.Empty));
}
