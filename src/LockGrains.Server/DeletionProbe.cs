using System.Security.Cryptography;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// Tries, on a record of its own, whether a storage deletes as forgetting needs it: only with the right ETag, wholly, and so that nothing
/// written before can come back.
/// </summary>
internal static class DeletionProbe
{
    private static readonly ReadOnlyMemory<byte> Content = "deletion probe"u8.ToArray();

    /// <summary>Looks.</summary>
    /// <param name="stores">The storage.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <exception cref="Exception">The storage does not answer; nothing is known.</exception>
    /// <returns>Why idle records must not be deleted there; null when they may be.</returns>
    public static async Task<string?> FindProblemAsync(ILockStoreProvider stores, CancellationToken cancellationToken)
    {
        // Of its own: other silos may look at the same time.
        var store = stores.Open(LockSpace.System, $"probe/{RandomNumberGenerator.GetHexString(32, lowercase: true)}");
        return await LookAsync(store, cancellationToken);
    }

    private static async Task<string?> LookAsync(ILockStore store, CancellationToken cancellationToken)
    {
        var first = await store.CompareAndSetAsync(RecordName.Lock, etag: null, Content, cancellationToken);
        if (first.ETag is null)
            return "it gave a new record no ETag";
        var second = await store.CompareAndSetAsync(RecordName.Lock, first.ETag, Content, cancellationToken);
        if (second.ETag is null || second.ETag == first.ETag)
            return "it gave a record the same ETag twice";
        if (!(await store.CompareAndDeleteAsync(RecordName.Lock, first.ETag, cancellationToken)).IsConflict)
            return "it deleted a record though another ETag was given";
        if ((await store.LoadAsync(RecordName.Lock, cancellationToken)).ETag != second.ETag)
            return "it changed a record that it was not to delete";
        if ((await store.CompareAndDeleteAsync(RecordName.Lock, second.ETag, cancellationToken)).IsConflict)
            return "it did not delete a record though the right ETag was given";
        if ((await store.LoadAsync(RecordName.Lock, cancellationToken)).ETag is not null)
            return "it left an ETag where a record was deleted";
        if (!(await store.CompareAndSetAsync(RecordName.Lock, second.ETag, Content, cancellationToken)).IsConflict)
            return "it let a late write bring back a deleted record";
        var third = await store.CompareAndSetAsync(RecordName.Lock, etag: null, Content, cancellationToken);
        if (third.ETag is null || third.ETag == first.ETag || third.ETag == second.ETag)
            return "it gave an ETag again after a record was deleted";
        return (await store.CompareAndDeleteAsync(RecordName.Lock, third.ETag, cancellationToken)).IsConflict
            ? "it did not delete a record that was made again"
            : null;
    }
}
