using Microsoft.Data.Sqlite;

namespace LockGrains.Storage.Tests;

/// <summary>Files that a silo is given: made as they should be, and refused with what to do where they cannot keep locks.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Path => _folder.File("locks.db");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("my locks.db")]
    [InlineData("🔒 Schlösser.db")]
    [InlineData("a;b='c\".db")]
    [InlineData("a?mode=memory&cache=shared")]
    [InlineData("|DataDirectory|.db")]
    [InlineData(":memory:")]
    [InlineData("#%20.db")]
    public async Task Open_AnyFileName_KeepsLocksThere(string name)
    {
        var path = _folder.File(name);
        using (var stores = SqliteUnderTest.Open(path))
            await WriteAsync(stores, "key", null);

        Assert.True(File.Exists(path));
        using var again = SqliteUnderTest.Open(path);
        Assert.NotNull((await again.Open(LockSpace.Lock, "key").LoadAsync(RecordName.Lock)).ETag);
    }

    [Fact]
    public void Open_NewFile_IsForItsOwnerAlone()
    {
        if (OperatingSystem.IsWindows())
            return;
        var path = _folder.File("new/locks.db");
        using var stores = SqliteUnderTest.Open(path);
        stores.Open();

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.File("new")));
        Assert.Equal(Owner, File.GetUnixFileMode(path));
        Assert.Equal(Owner, File.GetUnixFileMode($"{path}-wal"));
    }

    [Fact]
    public void Open_EmptyFile_IsTakenForANewOne()
    {
        File.Create(Path).Dispose();
        using var stores = SqliteUnderTest.Open(Path);
        stores.Open();
    }

    [Fact]
    public async Task Open_Twice_RefusesTheSecondAndLeavesTheFirst()
    {
        using var first = SqliteUnderTest.Open(Path);
        var etag = await WriteAsync(first, "key", null);

        Refuse("another silo, or another program, has it open");

        await WriteAsync(first, "key", etag);
    }

    [Fact]
    public async Task Open_ManyAtOnce_LetsOneIn()
    {
        for (var round = 0; round < 5; round++)
        {
            var path = _folder.File($"raced-{round}.db");
            var all = Enumerable.Range(0, 4).Select(_ => SqliteUnderTest.Open(path)).ToArray();
            var problems = await Task.WhenAll(all.Select(stores => Task.Run(async () => await stores.FindProblemAsync())));

            Assert.Single(problems, problem => problem is null);
            Assert.All(problems.OfType<string>(), problem => Assert.Contains("has it open", problem, StringComparison.Ordinal));
            Array.ForEach(all, stores => stores.Dispose());
        }
    }

    [Theory]
    [InlineData("pragma user_version = 129", "an unreleased build of LockGrains made it (layout 129; this one has 128). Delete it")]
    [InlineData("pragma user_version = 1", "a newer version of LockGrains made it (layout 1; this one has 128). Run that version")]
    [InlineData("pragma application_id = 7", "it is the database of another program. Name another file.")]
    public void Open_AnotherLayout_IsRefusedAndLeftAsItIs(string mark, string reason)
    {
        SqliteUnderTest.Open(Path).DisposeAfterOpening();
        Execute(mark);
        var before = File.ReadAllBytes(Path);

        Refuse(reason);

        Assert.Equal(before, File.ReadAllBytes(Path));
    }

    [Fact]
    public void Open_DatabaseOfAnotherProgram_IsRefusedAndLeftAsItIs()
    {
        Execute("create table theirs (a)");
        var before = File.ReadAllBytes(Path);

        Refuse("it is the database of another program");

        Assert.Equal(before, File.ReadAllBytes(Path));
    }

    [Fact]
    public async Task Open_DamagedInTheMiddle_IsRefused()
    {
        await FillAsync();
        var bytes = await File.ReadAllBytesAsync(Path);
        for (var at = 4096 * 3; at < 4096 * 6; at++)
            bytes[at] ^= 0x55;
        await File.WriteAllBytesAsync(Path, bytes);

        Refuse("it is damaged", "Put a backup in its place, or delete it");
    }

    [Fact]
    public async Task Open_CutOff_IsRefused()
    {
        await FillAsync();
        using (var file = File.OpenWrite(Path))
            file.SetLength(file.Length / 2);

        Refuse("it is damaged");
    }

    [Fact]
    public void Open_NoDatabase_IsRefused()
    {
        File.WriteAllText(Path, "not a database, and longer than the header of one, which has a hundred bytes; so here are some more words");

        Refuse("it is not a SQLite database, or is damaged");
    }

    [Fact]
    public void Open_Directory_IsRefused()
    {
        Directory.CreateDirectory(Path);

        Refuse("it is a directory. Name a file in it.");
    }

    [Fact]
    public void Open_BelowAFile_IsRefused()
    {
        File.WriteAllText(_folder.File("file"), "");
        using var stores = SqliteUnderTest.Open(_folder.File("file/locks.db"));

        Assert.Contains("it cannot be made", Assert.Throws<SqliteFileException>(() => stores.Open()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void Open_NoPath_IsRefused(string path)
    {
        using var stores = SqliteUnderTest.Open(path);

        Assert.Contains("SqliteStorageOptions.Path is empty", Assert.Throws<SqliteFileException>(() => stores.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenKey_IllFormed_IsRefusedInTheCall()
    {
        using var stores = SqliteUnderTest.Open(Path);

        Assert.Throws<ArgumentException>("key", () => stores.Open(LockSpace.Lock, ""));
        Assert.ThrowsAny<ArgumentException>(() => stores.Open(LockSpace.Lock, "half of an emoji: \ud83d"));
        Assert.Throws<ArgumentOutOfRangeException>(() => stores.Open(LockSpace.None, "key"));
    }

    [Fact]
    public async Task Disposed_Operations_Fail()
    {
        var stores = SqliteUnderTest.Open(Path);
        var store = stores.Open(LockSpace.Lock, "key");
        stores.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.LoadAsync(RecordName.Lock));
        Assert.Throws<ObjectDisposedException>(() => stores.Open());
    }

    private static async Task<string> WriteAsync(SqliteLockStores stores, string key, string? etag)
    {
        var write = await stores.Open(LockSpace.Lock, key).CompareAndSetAsync(RecordName.Lock, etag, new byte[300]);
        Assert.False(write.IsConflict);
        return write.ETag!;
    }

    private async Task FillAsync()
    {
        using var stores = SqliteUnderTest.Open(Path);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(number => WriteAsync(stores, $"key {number}", null)));
    }

    private void Refuse(params string[] reasons)
    {
        using var stores = SqliteUnderTest.Open(Path);
        var exception = Assert.Throws<SqliteFileException>(() => stores.Open());
        Assert.StartsWith($"The file '{Path}' cannot keep the locks: ", exception.Message, StringComparison.Ordinal);
        Assert.All(reasons, reason => Assert.Contains(reason, exception.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', exception.Message);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Written in this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}

internal static class SqliteLockStoresExtensions
{
    public static void DisposeAfterOpening(this SqliteLockStores stores)
    {
        stores.Open();
        stores.Dispose();
    }
}
