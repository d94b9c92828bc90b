using LockGrains.Core;

namespace LockGrains.Storage.Testing.Cases;

/// <summary>Listing, by which idle records of crashed silos are found.</summary>
internal static class ListingCases
{
    // More than a page of any storage that we know.
    private const int Many = 2_500;

    private static readonly string[] Endings =
        ["a", "a*b", "a?b", "a[b", "a\\b", "a%b", "a_b", "a-b", "é", "e\u0301", "🔒", "🔒🔓", "A", " a", "a ", "a/lock", "a/queue-0", "a/lock/lock", "\uffff", "\U0010ffff"];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("listing-complete", "Every key with a lock record is listed, also while others come and go, and no other.", CompleteAsync),
        new("listing-by-prefix", "A prefix is compared byte by byte, and nothing in it is a pattern.", ByPrefixAsync),
        new("listing-own-space", "A listing has the keys of its space only.", OwnSpaceAsync),
    ];

    private static async Task CompleteAsync(CaseRun run)
    {
        var stores = await ConnectAsync(run).ConfigureAwait(false);
        var kept = Enumerable.Range(0, Many).Select(_ => run.NewKey("kept")).ToHashSet(StringComparer.Ordinal);
        foreach (var chunk in kept.Chunk(run.Options.Writers))
            await Task.WhenAll(chunk.Select(key => WriteAsync(stores, LockSpace.Lock, key, RecordName.Lock, run))).ConfigureAwait(false);
        var gone = run.NewKey("gone");
        var etag = await WriteAsync(stores, LockSpace.Lock, gone, RecordName.Lock, run).ConfigureAwait(false);
        await stores.Open(LockSpace.Lock, gone).CompareAndDeleteAsync(RecordName.Lock, etag, run.Cancellation).ConfigureAwait(false);
        await WriteAsync(stores, LockSpace.Lock, run.NewKey("without-head"), RecordName.QueueSlot(0), run).ConfigureAwait(false);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Cancellation);
        var churn = Task.Run(() => ComeAndGoAsync(stores, run, stop.Token), run.Cancellation);
        var listed = await ListAsync(stores, LockSpace.Lock, run.Prefix, run).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await churn.ConfigureAwait(false);

        var missing = kept.Except(listed).ToList();
        Check.That(missing.Count == 0, $"{missing.Count} of {Many} keys are not listed, '{missing.FirstOrDefault()}' among them.");
        var extra = listed.Except(kept).Where(key => !key.StartsWith($"{run.Prefix}churn", StringComparison.Ordinal)).ToList();
        Check.That(extra.Count == 0, $"'{extra.FirstOrDefault()}' is listed, and has no lock record.");
        var again = await ListAsync(stores, LockSpace.Lock, run.Prefix, run).ConfigureAwait(false);
        Check.That(again.IsSupersetOf(kept), "A second listing has fewer keys.");
    }

    private static async Task ByPrefixAsync(CaseRun run)
    {
        var stores = await ConnectAsync(run).ConfigureAwait(false);
        var keys = NameCases.Aliases(run.Id).Where(key => key.Length < 60)
            .Concat(Endings.Select(ending => run.Prefix + ending))
            .ToList();
        foreach (var key in keys)
            await WriteAsync(stores, LockSpace.Lock, key, RecordName.Lock, run).ConfigureAwait(false);
        string[] prefixes =
        [
            run.Prefix, run.Id, $"{run.Id}a", $"{run.Id}A", $"{run.Id}e", $"{run.Id}é", $"{run.Id}a/", $"{run.Id}%", $"{run.Id}*", $"{run.Id}[", $"{run.Id}\\",
            $"{run.Id}_", $"{run.Id}?", $"{run.Prefix}a", $"{run.Prefix}a*", $"{run.Prefix}a?", $"{run.Prefix}a[", $"{run.Prefix}a\\", $"{run.Prefix}é",
            $"{run.Prefix}e", $"{run.Prefix}🔒", $"{run.Prefix}a/lock", $"{run.Prefix}\uffff", $"{run.Prefix}\U0010ffff", $"{run.Prefix}nobody", $"0{run.Id}", $" {run.Id}",
        ];
        foreach (var prefix in prefixes)
        {
            var listed = await ListAsync(stores, LockSpace.Lock, prefix, run).ConfigureAwait(false);
            var expected = keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
            Check.That(
                listed.SetEquals(expected),
                $"With the prefix '{prefix}' there are {listed.Count} keys and not {expected.Count}: too many: {Show(listed.Except(expected))}; missing: {Show(expected.Except(listed))}.");
        }
    }

    private static async Task OwnSpaceAsync(CaseRun run)
    {
        var stores = await ConnectAsync(run).ConfigureAwait(false);
        LockSpace[] spaces = [LockSpace.Lock, LockSpace.Session, LockSpace.System];
        var keys = spaces.ToDictionary(space => space, space => run.NewKey($"{space}"));
        foreach (var (space, key) in keys)
            await WriteAsync(stores, space, key, RecordName.Lock, run).ConfigureAwait(false);
        foreach (var space in spaces)
        {
            var listed = await ListAsync(stores, space, run.Prefix, run).ConfigureAwait(false);
            Check.That(listed.SetEquals([keys[space]]), $"The listing of the space {space} has {Show(listed)}.");
            var whole = await ListAsync(stores, space, "", run).ConfigureAwait(false);
            Check.That(
                whole.Contains(keys[space]) && !keys.Any(other => other.Key != space && whole.Contains(other.Value)),
                $"The listing of the whole space {space} lacks its key, or has one of another space.");
        }
    }

    private static async Task ComeAndGoAsync(ILockStoreProvider stores, CaseRun run, CancellationToken stop)
    {
        do
        {
            var key = run.NewKey("churn");
            var etag = await WriteAsync(stores, LockSpace.Lock, key, RecordName.Lock, run).ConfigureAwait(false);
            await stores.Open(LockSpace.Lock, key).CompareAndDeleteAsync(RecordName.Lock, etag, run.Cancellation).ConfigureAwait(false);
        }
        while (!stop.IsCancellationRequested);
    }

    private static async Task<ILockStoreProvider> ConnectAsync(CaseRun run)
    {
        var stores = await run.ConnectAsync().ConfigureAwait(false);
        return stores.CanList ? stores : throw new CaseSkippedException($"{nameof(ILockStoreProvider)}.{nameof(stores.CanList)} is false.");
    }

    private static async Task<HashSet<string>> ListAsync(ILockStoreProvider stores, LockSpace space, string prefix, CaseRun run)
    {
        var listed = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var key in stores.ListAsync(space, prefix, run.Cancellation).ConfigureAwait(false))
            listed.Add(key);
        return listed;
    }

    private static async Task<string> WriteAsync(ILockStoreProvider stores, LockSpace space, string key, RecordName name, CaseRun run) => Check.IsWritten(
        await stores.Open(space, key).CompareAndSetAsync(name, null, CaseRun.Content(key), run.Cancellation).ConfigureAwait(false), $"The create of '{key}'");

    private static string Show(IEnumerable<string> keys) => string.Join(", ", keys.Take(5).Select(key => $"'{key}'")) is { Length: > 0 } shown ? shown : "none";
}
