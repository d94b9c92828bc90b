using LockGrains.Storage.Testing;
using Xunit.Abstractions;

namespace LockGrains.Storage.Tests;

/// <summary>A process that is killed under load: what it acknowledged is in its file, and the next one gets the file at once.</summary>
public sealed class SqliteCrashTests(ITestOutputHelper output)
{
    [Fact]
    public async Task KilledUnderLoad_KeepsAllThatItAcknowledged()
    {
        using var folder = new TempFolder();
        var path = folder.File("locks.db");
        var child = await ChildStores.StartAsync(path);
        var store = new StoreUnderTest
        {
            ConnectAsync = _ => ValueTask.FromResult<ILockStoreProvider>(child),
            CrashAsync = async _ =>
            {
                await child.KillAsync();
                child = await ChildStores.StartAsync(path);
            },
        };

        var report = await new StoreConformance(store).RunAsync("crash-keeps-acknowledged");
        await child.DisposeAsync();

        output.WriteLine(report.ToString());
        Assert.Equal(ConformanceOutcome.Passed, report.Outcome);
    }

    [Fact]
    public async Task CopiedWhileRunning_IsOpenedWithWhatOnceWas_OrRefused()
    {
        using var folder = new TempFolder();
        var path = folder.File("locks.db");
        await using var child = await ChildStores.StartAsync(path);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 16).Select(number => WriteOnAsync(child, number, stop.Token)).ToArray();
        for (var copy = 0; copy < 10; copy++)
        {
            // Time for some writes in between, by an event and not by a clock.
            for (var count = 0; count < 50; count++)
                await child.Open(LockSpace.Lock, "0").LoadAsync(RecordName.Lock);
            foreach (var withLog in new[] { false, true })
                Look(path, folder.File($"copy-{copy}-{withLog}.db"), withLog);
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(writers), written => Assert.InRange(written, 1, long.MaxValue));
    }

    private static async Task<long> WriteOnAsync(ChildStores child, int number, CancellationToken stop)
    {
        var store = child.Open(LockSpace.Lock, $"{number}");
        string? etag = null;
        for (var written = 0L; ; written++)
        {
            if (stop.IsCancellationRequested)
                return written;
            var content = System.Text.Encoding.UTF8.GetBytes($"{number}:{written}:{new string('x', 300)}");
            var write = await store.CompareAndSetAsync(RecordName.Lock, etag, content, CancellationToken.None);
            etag = write.ETag;
        }
    }

    private void Look(string path, string copy, bool withLog)
    {
        File.Copy(path, copy);
        if (withLog && File.Exists($"{path}-wal"))
            File.Copy($"{path}-wal", $"{copy}-wal");
        try
        {
            using var stores = SqliteUnderTest.Open(copy);
            stores.Open();
            var found = Enumerable.Range(0, 16).Count(number =>
            {
                var record = stores.Open(LockSpace.Lock, $"{number}").LoadAsync(RecordName.Lock).GetAwaiter().GetResult();
                Assert.True(record.ETag is null || System.Text.Encoding.UTF8.GetString(record.Data.Span).StartsWith($"{number}:", StringComparison.Ordinal));
                return record.ETag is not null;
            });
            output.WriteLine($"{System.IO.Path.GetFileName(copy)}: {found} of 16 records");
        }
        catch (SqliteFileException exception)
        {
            output.WriteLine($"{System.IO.Path.GetFileName(copy)}: {exception.Message}");
        }
    }
}
