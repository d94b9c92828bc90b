namespace LockGrains.Storage.Tests;

/// <summary>Disks that are full, and disks that cannot be written: real ones, which a child has to itself.</summary>
public sealed class SqliteDiskTests : IDisposable
{
    private const int Bytes = 60_000;
    private const int Many = 200;

    private readonly TempFolder _folder = new();

    private string Path => _folder.File("locks.db");

    public void Dispose() => _folder.Dispose();

    [PrivateMountFact]
    public async Task FullDisk_RefusesWrites_KeepsWhatItHas_AndGoesOnWithRoom()
    {
        await using var child = await ChildStores.StartAsync(Path, command => PrivateMount.Small(_folder.Path, "3m", command));
        var written = new List<StoreWrite>();
        IOException? full = null;
        while (full is null && written.Count < Many)
        {
            try
            {
                written.Add(await WriteAsync(child, written.Count));
            }
            catch (IOException exception)
            {
                full = exception;
            }
        }

        Assert.NotNull(full);
        Assert.Contains("its disk is full", full.Message, StringComparison.Ordinal);
        Assert.InRange(written.Count, 3, Many - 1);
        await AssertAllAreThereAsync(child, written);

        // Whoever fills disks also empties them.
        File.Delete(PrivateMount.Reach(child.ProcessId, _folder.File("filler")));
        written.Add(await SettleAsync(child, written.Count));
        await AssertAllAreThereAsync(child, written);
    }

    [PrivateMountFact]
    public async Task ReadOnlyDisk_IsRefusedInOneLine()
    {
        var exception = await Assert.ThrowsAsync<IOException>(() => StartReadOnlyAsync());
        Assert.Contains("cannot keep the locks: it cannot be made", exception.Message, StringComparison.Ordinal);

        SqliteUnderTest.Open(Path).DisposeAfterOpening();
        exception = await Assert.ThrowsAsync<IOException>(() => StartReadOnlyAsync());
        Assert.Matches("cannot keep the locks: it cannot be (written|opened or made)", exception.Message);
        Assert.Single(exception.Message.Split('\n'));
    }

    private async Task StartReadOnlyAsync()
    {
        await using var child = await ChildStores.StartAsync(Path, command => PrivateMount.ReadOnly(_folder.Path, command));
    }

    private static Task<StoreWrite> WriteAsync(ChildStores child, int number) =>
        child.Open(LockSpace.Lock, $"key {number}").CompareAndSetAsync(RecordName.Lock, null, new byte[Bytes]);

    // The one that failed may have been applied: nobody was told either.
    private static async Task<StoreWrite> SettleAsync(ChildStores child, int number)
    {
        var store = child.Open(LockSpace.Lock, $"key {number}");
        var found = await store.LoadAsync(RecordName.Lock);
        var write = await store.CompareAndSetAsync(RecordName.Lock, found.ETag, new byte[Bytes]);
        Assert.False(write.IsConflict);
        return write;
    }

    private static async Task AssertAllAreThereAsync(ChildStores child, List<StoreWrite> written)
    {
        for (var number = 0; number < written.Count; number++)
        {
            var record = await child.Open(LockSpace.Lock, $"key {number}").LoadAsync(RecordName.Lock);
            Assert.Equal((written[number].ETag, Bytes), (record.ETag, record.Data.Length));
        }
    }
}
