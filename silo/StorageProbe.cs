using LockGrains.Core;

namespace LockGrains.Silo;

/// <summary>
/// Whether the storage takes a write, for whoever asks. Anybody may ask for a silo's health, without an access key; so one write at a time is made, and
/// what came of it is told for a second.
/// </summary>
internal sealed class StorageProbe(ILockStoreProvider stores, TimeProvider timeProvider, LockGrainMetrics? metrics = null)
{
    /// <summary>How long the storage may take.</summary>
    public static readonly TimeSpan WriteMax = TimeSpan.FromSeconds(2);

    /// <summary>How long a result is told.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(1);

    private const string Key = "readiness";

    private static readonly ReadOnlyMemory<byte> Content = "ready"u8.ToArray();

    private readonly Lock _probing = new();
    private Task<Exception?>? _probe;
    private long _endedAt;

    /// <summary>Asks.</summary>
    /// <param name="cancellationToken">Ends the wait of this one who asks.</param>
    /// <returns>Why it takes none, which is for the log; null when it does.</returns>
    public Task<Exception?> FindFailureAsync(CancellationToken cancellationToken)
    {
        lock (_probing)
        {
            if (_probe is null || (_probe.IsCompleted && timeProvider.GetElapsedTime(Volatile.Read(ref _endedAt)) >= KeptFor))
                _probe = Task.Run(() => ProbeAsync(), CancellationToken.None);
            return _probe.WaitAsync(cancellationToken);
        }
    }

    private async Task<Exception?> ProbeAsync()
    {
        using var late = new CancellationTokenSource(WriteMax, timeProvider);
        try
        {
            await WriteAsync(late.Token).WaitAsync(late.Token);
            metrics?.OnStore(isUp: true);
            return null;
        }
        catch (Exception exception)
        {
            metrics?.OnStore(isUp: false);
            return late.IsCancellationRequested ? new TimeoutException($"The storage ({stores.Name}) did not answer within {WriteMax.TotalSeconds:0} s.", exception) : exception;
        }
        finally
        {
            Volatile.Write(ref _endedAt, timeProvider.GetTimestamp());
        }
    }

    // Silos of a cluster share the record. That another one was faster is an answer too.
    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var store = stores.Open(LockSpace.System, Key);
        var record = await store.LoadAsync(RecordName.Lock, cancellationToken);
        await store.CompareAndSetAsync(RecordName.Lock, record.ETag, Content, cancellationToken);
    }
}
