using LockGrains.Core;

namespace LockGrains.Storage.Testing.Cases;

/// <summary>Keys that differ never share a record, however much some storage, file system or collation takes them for the same.</summary>
internal static class NameCases
{
    private const int ShownMax = 20;

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("keys-never-share", "Keys that differ in one byte have records of their own.", KeysAsync),
        new("records-never-share", "A key's records are each their own, whatever other keys spell.", RecordsAsync),
        new("spaces-never-share", "One name in two key spaces has two records.", SpacesAsync),
    ];

    /// <summary>Keys that something or other would mix up. The id makes them this run's own, and leaves those hexadecimal that are.</summary>
    internal static IReadOnlyList<string> Aliases(string id)
    {
        var guid = Guid.Parse($"{id}{id}{id}{id}");
        var emoji = string.Concat(Enumerable.Repeat("🔒", (512 - 8) / 4));
        return
        [
            $"{id}1", $"0{id}1", $"00{id}1", $"{id}10", $"cafe{id}", $"CAFE{id}", $"Cafe{id}", $"face{id}+x", $"FACE{id}+x", $"0x{id}", $"0X{id}",
            $"{id}a", $"{id}A", $"{id}a ", $" {id}a", $"{id}a  ", $"{id}a\u00a0", $"{id}a\u200b", $"{id}Ａ", $"{id}a.", $"{id}.a",
            $"{id}é", $"{id}e\u0301", $"{id}E\u0301", $"{id}É", $"{id}e", $"{id}ß", $"{id}ss", $"{id}SS", $"{id}ẞ", $"{id}ﬁ", $"{id}fi",
            $"{id}i", $"{id}I", $"{id}ı", $"{id}İ", $"{id}k", $"{id}\u212a", $"{id}ς", $"{id}σ", $"{id}Σ",
            $"{id}%", $"{id}_", $"{id}*", $"{id}?", $"{id}[a]", $"{id}[b]", $"{id}\\", $"{id}\\\\", $"{id}'", $"{id}''", $"{id}\"", $"{id}`",
            $"{id};--", $"{id}${{x}}", $"{id}{{x}}", $"{{{id}}}", $"{id}:", $"{id}::", $"{id}+", $"{id} +", $"{id}%20", $"{id}%2B",
            $"{id}a/b", $"{id}a_b", $"{id}a\\b", $"{id}a%2Fb", $"{id}a%2fb", $"{id}a#b", $"{id}a?b", $"{id}a|b", $"{id}a//b", $"{id}a/./b", $"{id}a/../a/b",
            $"{id}a/b/", $"/{id}a/b", $"{id}x", $"{id}x/lock", $"{id}x/queue-0", $"{id}x/queue-0/lock", $"{id}x/lock/lock", $"{id}null", $"{id}NULL",
            guid.ToString("N"), guid.ToString("D"), guid.ToString("B"), guid.ToString("D").ToUpperInvariant() + "-", $"{guid:N}+", $"{guid:D}+",
            $"{id}{emoji}", $"{id}{emoji[..^2]}🔓", $"{id}{emoji[..^2]}", $"{id}{new string('y', 504)}", $"{id}{new string('y', 503)}z", $"{id}{new string('y', 503)}",
        ];
    }

    private static async Task KeysAsync(CaseRun run)
    {
        var stores = await run.ConnectAsync().ConfigureAwait(false);
        var keys = Aliases(run.Id);
        var problems = new List<string>();
        var etags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var (etag, problem) = await MakeAsync(stores, key, run.Cancellation).ConfigureAwait(false);
            if (problem is not null)
                problems.Add($"'{Shorten(key)}' {problem}");
            else
                etags.Add(key, etag!);
        }

        Check.That(problems.Count == 0, $"{problems.Count} of {keys.Count} keys have no record of their own: {string.Join("; ", problems.Take(ShownMax))}.");
        await CheckEachAsync(stores, keys, etags, run).ConfigureAwait(false);
    }

    private static async Task<(string? ETag, string? Problem)> MakeAsync(ILockStoreProvider stores, string key, CancellationToken cancellationToken)
    {
        try
        {
            var store = stores.Open(LockSpace.Lock, key);
            var found = await store.LoadAsync(RecordName.Lock, cancellationToken).ConfigureAwait(false);
            var write = found.ETag is null
                ? await store.CompareAndSetAsync(RecordName.Lock, null, CaseRun.Content(key), cancellationToken).ConfigureAwait(false)
                : StoreWrite.Conflict;
            return write.IsConflict
                ? (null, $"has the record of '{Shorten(CaseRun.Text(found.Data))}'")
                : (Check.IsWritten(write, "The create"), null);
        }
        catch (Exception exception) when (exception is not CaseFailedException && !cancellationToken.IsCancellationRequested)
        {
            return (null, $"cannot be kept: {exception.GetType().Name} ({exception.Message})");
        }
    }

    private static async Task CheckEachAsync(ILockStoreProvider stores, IReadOnlyList<string> keys, Dictionary<string, string> etags, CaseRun run)
    {
        foreach (var key in keys)
            Check.Holds(await LoadAsync(key).ConfigureAwait(false), CaseRun.Content(key), etags[key], $"The record of '{Shorten(key)}'");
        foreach (var key in keys.Where((_, index) => index % 2 == 0))
        {
            var deletion = await stores.Open(LockSpace.Lock, key).CompareAndDeleteAsync(RecordName.Lock, etags[key], run.Cancellation).ConfigureAwait(false);
            Check.That(!deletion.IsConflict, $"The deletion of '{Shorten(key)}' was refused.");
        }

        foreach (var (key, index) in keys.Select((key, index) => (key, index)))
        {
            if (index % 2 == 0)
                Check.IsAbsent(await LoadAsync(key).ConfigureAwait(false), $"'{Shorten(key)}', deleted");
            else
                Check.Holds(await LoadAsync(key).ConfigureAwait(false), CaseRun.Content(key), etags[key], $"'{Shorten(key)}', after others were deleted");
        }

        Task<StoredRecord> LoadAsync(string key) => stores.Open(LockSpace.Lock, key).LoadAsync(RecordName.Lock, run.Cancellation);
    }

    private static async Task RecordsAsync(CaseRun run)
    {
        var key = run.NewKey("x");
        var records = new[] { key, $"{key}/lock", $"{key}/queue-0", $"{key}/queue-1", $"{key}queue-0", $"{key}/" }
            .SelectMany(name => new[] { RecordName.Lock, RecordName.QueueSlot(0), RecordName.QueueSlot(1), RecordName.QueueSlot(10), RecordName.QueueSlot(99_999) }
                .Select(record => (LockSpace.Lock, name, record)));
        await CheckApartAsync(run, records).ConfigureAwait(false);
    }

    private static async Task SpacesAsync(CaseRun run)
    {
        LockSpace[] spaces = [LockSpace.Lock, LockSpace.Session, LockSpace.System];
        var names = new[] { run.NewKey("same"), $"{run.Id}/lock", $"lock/{run.Id}", $"session/{run.Id}", $"2/{run.Id}" };
        await CheckApartAsync(run, names.SelectMany(name => spaces.Select(space => (space, name, RecordName.Lock)))).ConfigureAwait(false);
    }

    private static async Task CheckApartAsync(CaseRun run, IEnumerable<(LockSpace Space, string Key, RecordName Name)> records)
    {
        var stores = await run.ConnectAsync().ConfigureAwait(false);
        var all = records.ToList();
        var etags = new List<string>();
        foreach (var record in all)
        {
            etags.Add(Check.IsWritten(
                await stores.Open(record.Space, record.Key).CompareAndSetAsync(record.Name, null, Content(record), run.Cancellation).ConfigureAwait(false),
                $"The create of {record}"));
        }

        for (var index = 0; index < all.Count; index++)
        {
            Check.Holds(
                await stores.Open(all[index].Space, all[index].Key).LoadAsync(all[index].Name, run.Cancellation).ConfigureAwait(false),
                Content(all[index]), etags[index], $"The record {all[index]}");
        }

        static byte[] Content((LockSpace, string, RecordName) record) => CaseRun.Content(record.ToString());
    }

    private static string Shorten(string key) => key.Length <= 40 ? key : $"{key[..30]}… ({key.Length} characters)";
}
