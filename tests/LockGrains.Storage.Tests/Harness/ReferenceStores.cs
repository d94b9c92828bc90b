using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using LockGrains.Storage.Testing;

namespace LockGrains.Storage.Tests;

/// <summary>
/// A storage in a dictionary that does all that one must, and each <see cref="Flaw"/> on request: what the kit must see. "Durable" is what
/// <see cref="Crash"/> leaves.
/// </summary>
internal sealed class ReferenceStores(Flaw flaw = Flaw.None) : ILockStoreProvider
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (byte[] Data, string ETag)> _lagging = new(StringComparer.Ordinal);
    private Dictionary<string, (byte[] Data, string ETag)> _records = new(StringComparer.Ordinal);
    private Dictionary<string, (byte[] Data, string ETag)> _durable = new(StringComparer.Ordinal);
    private long _counter;
    private TaskCompletionSource _nextWrite = NewSignal();
    private int _writes;
    private int _gaps;

    public string Name => "reference";

    public bool IsDurable => true;

    public bool CanList => true;

    public StoreUnderTest ForKit => new()
    {
        ConnectAsync = _ => ValueTask.FromResult<ILockStoreProvider>(this),
        CrashAsync = _ =>
        {
            Crash();
            return Task.CompletedTask;
        },
        CopyAsync = _ =>
        {
            lock (_gate)
            {
                var (records, counter) = (_records.ToDictionary(StringComparer.Ordinal), _counter);
                return Task.FromResult<Func<CancellationToken, Task>>(_ =>
                {
                    lock (_gate)
                        (_records, _counter) = (records.ToDictionary(StringComparer.Ordinal), counter);
                    return Task.CompletedTask;
                });
            }
        },
        AgeAsync = (_, _, _) =>
        {
            _counter = int.MaxValue - 3;
            return Task.CompletedTask;
        },
    };

    public ILockStore Open(LockSpace space, string key) => new Store(this, Place(space, key));

    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(null);

    public async IAsyncEnumerable<string> ListAsync(
        LockSpace space, string prefix = "", [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<string> places;
        lock (_gate)
            places = [.. _records.Keys];
        var start = flaw == Flaw.ListsAllSpaces ? "" : $"{(int)space}/";
        foreach (var place in flaw == Flaw.ListsOnePage ? places.Take(1000) : places)
        {
            var isHead = place.EndsWith("/lock", StringComparison.Ordinal) || flaw == Flaw.ListsOrphanedSlots;
            if (!isHead || !place.StartsWith(start, StringComparison.Ordinal))
                continue;
            var key = place[2..place.LastIndexOf('/')];
            var pattern = flaw == Flaw.ListsByPattern ? prefix.Split('*', '?', '_', '%')[0] : prefix;
            if (key.StartsWith(pattern, flaw == Flaw.ListsByCollation ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))
                yield return key;
            await Task.CompletedTask;
        }
    }

    public void Crash()
    {
        lock (_gate)
            _records = _durable.ToDictionary(StringComparer.Ordinal);
    }

    private string Place(LockSpace space, string key)
    {
        var name = flaw switch
        {
            Flaw.IgnoresCase => key.ToUpperInvariant(),
            Flaw.NormalizesKeys => key.Replace("e\u0301", "é", StringComparison.Ordinal).Replace("\u212a", "K", StringComparison.Ordinal),
            Flaw.TrimsKeys => key.TrimEnd(),
            Flaw.CutsKeys => key.Length > 250 ? key[..250] : key,
            Flaw.SanitizesKeys => key.Replace('/', '_').Replace('#', '_').Replace('?', '_').Replace('\\', '_'),
            Flaw.ReadsHexKeys => long.TryParse(key, System.Globalization.NumberStyles.HexNumber, null, out var number) ? $"#{number}" : key,
            _ => key,
        };
        return flaw == Flaw.SharesSpaces ? $"1/{name}" : $"{(int)space}/{name}";
    }

    private string NextETag() => flaw switch
    {
        Flaw.CountsETags => $"{++_counter}",
        Flaw.CountsETagsIn32Bits => $"{unchecked((int)++_counter)}",
        _ => RandomNumberGenerator.GetHexString(32),
    };

    private StoreWrite Put(string place, byte[] data, string? current)
    {
        var etag = flaw switch
        {
            Flaw.CountsETagsPerRecord => $"{(current is null ? 0 : long.Parse(current, null)) + 1}",
            Flaw.HashesContent => Convert.ToHexString(SHA256.HashData(data)),
            Flaw.KeepsETag when current is not null => current,
            _ => NextETag(),
        };
        if (flaw == Flaw.CountsETagsIn32Bits && _counter > int.MaxValue)
            throw new OverflowException("The version is out of its range.");
        var stored = flaw switch
        {
            Flaw.StoresText => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(data)),
            Flaw.CutsData => data.Length > 65_535 ? data[..65_535] : data,
            _ => data,
        };
        if (_records.TryGetValue(place, out var old))
            _lagging[place] = old;
        _records[place] = (stored, etag);
        Keep(place);
        _nextWrite.SetResult();
        _nextWrite = NewSignal();
        return StoreWrite.Written(etag);
    }

    /// <summary>Waits until another has written, whatever the machine's load: what is to be found out would else come about by chance. One who is alone goes on.</summary>
    private async Task NextWriteAsync()
    {
        Task written;
        lock (_gate)
            written = _nextWrite.Task;
        await Task.WhenAny(written, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Keep(string place)
    {
        // Flushed now and then, told at once.
        if (flaw == Flaw.LosesAcknowledged && ++_writes % 50 != 0)
            return;
        if (flaw == Flaw.LosesAcknowledged)
            _durable = _records.ToDictionary(StringComparer.Ordinal);
        else if (_records.TryGetValue(place, out var record))
            _durable[place] = record;
        else if (flaw != Flaw.LosesDeletions)
            _durable.Remove(place);
    }

    private sealed class Store(ReferenceStores owner, string place) : ILockStore
    {
        private readonly Flaw _flaw = owner.Flaw;

        public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default)
        {
            lock (owner._gate)
            {
                if (_flaw == Flaw.ReadsFromCache && owner._lagging.TryGetValue(PlaceOf(name), out var old) && Random.Shared.Next(4) == 0)
                    return Task.FromResult(new StoredRecord(old.Data, old.ETag));
                if (!owner._records.TryGetValue(PlaceOf(name), out var record))
                    return Task.FromResult(default(StoredRecord));
                return Task.FromResult(new StoredRecord(_flaw == Flaw.MixesDataAndETag && Random.Shared.Next(20) == 0 ? "torn"u8.ToArray() : record.Data, record.ETag));
            }
        }

        public async Task<StoreWrite> CompareAndSetAsync(
            RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
        {
            var bytes = data.ToArray();
            var at = PlaceOf(name);
            if (_flaw == Flaw.ChecksThenWrites || (_flaw == Flaw.CreatesWithoutLock && etag is null))
            {
                bool isRight;
                lock (owner._gate)
                    isRight = ETagAt(at) == etag;
                await GapAsync();
                lock (owner._gate)
                    return isRight ? owner.Put(at, bytes, ETagAt(at)) : StoreWrite.Conflict;
            }

            lock (owner._gate)
            {
                var current = ETagAt(at);
                if (current == etag || (_flaw == Flaw.CreatesOverETag && current is null))
                {
                    if (_flaw == Flaw.TearsCancelled && cancellationToken.IsCancellationRequested)
                    {
                        owner.Put(at, bytes[..(bytes.Length / 2)], current);
                        throw new OperationCanceledException(cancellationToken);
                    }

                    return owner.Put(at, bytes, current);
                }

                if (_flaw == Flaw.LoserWrites && current is not null)
                    owner._records[at] = (bytes, current);
                return StoreWrite.Conflict;
            }
        }

        public async Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default)
        {
            var at = PlaceOf(name);
            if (_flaw == Flaw.ChecksThenDeletes)
            {
                lock (owner._gate)
                {
                    if (ETagAt(at) != etag)
                        return StoreWrite.Conflict;
                }

                await owner.NextWriteAsync();
            }

            lock (owner._gate)
            {
                var isThere = ETagAt(at) is not null;
                if (_flaw is not (Flaw.DeletesWithoutComparing or Flaw.ChecksThenDeletes) && ETagAt(at) != etag)
                    return StoreWrite.Conflict;
                if (!isThere && _flaw != Flaw.DeletesWithoutComparing)
                    return StoreWrite.Conflict;
                if (_flaw == Flaw.DeletesNothing)
                    return StoreWrite.Written(null);
                if (_flaw == Flaw.LeavesEmptyRecord)
                    owner._records[at] = ([], owner.NextETag());
                else if (_flaw == Flaw.DeletesAllOfTheKey)
                    RemoveAll();
                else
                    owner._records.Remove(at);
                owner.Keep(at);
                return StoreWrite.Written(null);
            }
        }

        // Between the look and the deed others come in. On a machine with one free core they only do while somebody stands still, so each eighth
        // does: by count and not by chance, which once let a whole case pass.
        private async Task GapAsync()
        {
            if (Interlocked.Increment(ref owner._gaps) % 8 == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            else
                await Task.Yield();
        }

        private void RemoveAll()
        {
            foreach (var other in owner._records.Keys.Where(other => other.StartsWith(place + "/", StringComparison.Ordinal)).ToList())
                owner._records.Remove(other);
        }

        private string? ETagAt(string at) => owner._records.TryGetValue(at, out var record) ? record.ETag : null;

        private string PlaceOf(RecordName name) => _flaw == Flaw.SharesRecords ? place + "/lock" : $"{place}/{name}";
    }

    private Flaw Flaw => flaw;
}

/// <summary>What can be wrong with a storage.</summary>
public enum Flaw
{
    None,
    CreatesWithoutLock,
    ChecksThenWrites,
    LoserWrites,
    CreatesOverETag,
    ReadsFromCache,
    MixesDataAndETag,
    CountsETags,
    CountsETagsPerRecord,
    CountsETagsIn32Bits,
    HashesContent,
    KeepsETag,
    DeletesWithoutComparing,
    ChecksThenDeletes,
    DeletesNothing,
    LeavesEmptyRecord,
    DeletesAllOfTheKey,
    IgnoresCase,
    NormalizesKeys,
    TrimsKeys,
    CutsKeys,
    SanitizesKeys,
    ReadsHexKeys,
    SharesRecords,
    SharesSpaces,
    StoresText,
    CutsData,
    TearsCancelled,
    ListsOnePage,
    ListsByPattern,
    ListsByCollation,
    ListsAllSpaces,
    ListsOrphanedSlots,
    LosesAcknowledged,
    LosesDeletions,
}
