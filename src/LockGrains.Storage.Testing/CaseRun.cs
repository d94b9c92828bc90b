using System.Diagnostics.CodeAnalysis;
using System.Text;
using LockGrains.Core;

namespace LockGrains.Storage.Testing;

/// <summary>A run of a case: its connections, its chance, its keys.</summary>
internal sealed class CaseRun : IAsyncDisposable
{
    private readonly StoreUnderTest _store;
    private readonly string _name;
    private readonly List<ILockStoreProvider> _opened = [];

    // What is there from an earlier run must not be met again.
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private int _keys;

    public CaseRun(StoreUnderTest store, ConformanceOptions options, string name, CancellationToken cancellationToken)
    {
        _store = store;
        _name = name;
        Options = options;
        Cancellation = cancellationToken;
        Chance = MakeChance(0);
    }

    public ConformanceOptions Options { get; }

    public CancellationToken Cancellation { get; }

    /// <summary>For the one who runs the case; others make their own.</summary>
    public Random Chance { get; }

    public StoreUnderTest Store => _store;

    public string ReplayHint => $"seed {Options.Seed}; to repeat its choices: new {nameof(ConformanceOptions)} {{ Seed = {Options.Seed} }}, case {_name}";

    /// <summary>Chance for one of several who run side by side.</summary>
    public Random MakeChance(int number) => new(HashCode(Options.Seed, number));

    public async Task<ILockStoreProvider> ConnectAsync()
    {
        var stores = await _store.ConnectAsync(Cancellation).ConfigureAwait(false);
        lock (_opened)
            _opened.Add(stores);
        return stores;
    }

    public async Task<ILockStoreProvider[]> ConnectAllAsync()
    {
        var all = new ILockStoreProvider[Options.Connections];
        for (var index = 0; index < all.Length; index++)
            all[index] = await ConnectAsync().ConfigureAwait(false);
        return all;
    }

    /// <summary>Closes all connections: what they lead to is about to end.</summary>
    public async Task DisconnectAsync()
    {
        ILockStoreProvider[] opened;
        lock (_opened)
        {
            opened = [.. _opened];
            _opened.Clear();
        }

        if (_store.CloseAsync is { } close)
        {
            foreach (var stores in opened)
                await close(stores).ConfigureAwait(false);
        }
    }

    public string NewKey(string topic) => $"kit/{_id}/{_name}/{topic}-{Interlocked.Increment(ref _keys)}";

    /// <summary>Eight hexadecimal digits of this run alone.</summary>
    public string Id => _id;

    /// <summary>What every key of this run begins with.</summary>
    public string Prefix => $"kit/{_id}/{_name}/";

    public ValueTask DisposeAsync() => new(DisconnectAsync());

    /// <summary>Bytes that can be told apart from all others.</summary>
    public static byte[] Content(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> data) => Encoding.UTF8.GetString(data.Span);

    /// <summary>Lets several begin as nearly at once as can be had.</summary>
    public static async Task<T[]> AllAtOnceAsync<T>(int count, Func<int, Task<T>> doAsync)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var all = Enumerable.Range(0, count).Select(number => Task.Run(async () =>
        {
            await start.Task.ConfigureAwait(false);
            return await doAsync(number).ConfigureAwait(false);
        })).ToArray();
        start.SetResult();
        return await Task.WhenAll(all).ConfigureAwait(false);
    }

    // Not System.HashCode, whose seed is another one in each process.
    private static int HashCode(int seed, int number) => unchecked((seed * 31) + (number * 7919) + 17);
}

/// <summary>What the cases find.</summary>
internal static class Check
{
    public static void That([DoesNotReturnIf(false)] bool holds, string otherwise)
    {
        if (!holds)
            throw new CaseFailedException(otherwise);
    }

    /// <summary>The new ETag.</summary>
    public static string IsWritten(StoreWrite write, string what)
    {
        That(!write.IsConflict, $"{what} was refused.");
        That(!string.IsNullOrEmpty(write.ETag), $"{what} was done and gave no ETag.");
        return write.ETag;
    }

    public static void IsConflict(StoreWrite write, string what) => That(write.IsConflict, $"{what} was done.");

    public static void Holds(StoredRecord record, ReadOnlySpan<byte> data, string? etag, string when)
    {
        That(record.ETag == etag, $"{when}: the ETag is {Show(record.ETag)} and not {Show(etag)}.");
        That(record.Data.Span.SequenceEqual(data), $"{when}: the record has other content ({record.Data.Length} bytes, {data.Length} were written).");
    }

    public static void IsAbsent(StoredRecord record, string when) =>
        That(record.ETag is null && record.Data.IsEmpty, $"{when}: there is a record ({record.Data.Length} bytes, ETag {Show(record.ETag)}).");

    private static string Show(string? etag) => etag is null ? "null" : $"'{etag}'";
}

/// <summary>The storage did what it must not.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Always says what was seen.")]
internal sealed class CaseFailedException(string message) : Exception(message);

/// <summary>The case cannot be tried here.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Always says why.")]
internal sealed class CaseSkippedException(string message) : Exception(message);
