namespace LockGrains.Simulation;

/// <summary>
/// Forgetting (F7): a key's record is deleted only when nobody has used the key for long, holds it or waits for it; and at last
/// nothing is left of a key that nobody uses. That tokens grow over it all is the token checker's, which knows of no deletions.
/// </summary>
internal sealed class ForgettingChecker(Evidence evidence, QueueChecker queue, DataChecker data)
{
    public void OnForgotten(ActivationFacts activation)
    {
        var key = evidence.Key(activation.Key);
        if (evidence.Promises.ForgetAfter == 0)
            evidence.Fail("forgotten in use", $"{activation} deleted a record in a world where none is to be forgotten");
        // The record says so of places whose chunk was taken away from under it, too. Nothing names them any more, and who was promised one
        // is looked for below.
        if (key.Committed is { } last && (last.Holders.Count > 0 || (last.FirstTicket < last.CommittedTail && key.LostAt <= key.ChunkWrittenAt)))
            evidence.Fail("forgotten in use", $"{activation} deleted a record that says that somebody holds or waits");
        if (activation.Queued.Count > 0)
            evidence.Fail("forgotten in use", $"{activation} deleted the record while {activation.Queued.Count} wait there");
        var usedAt = activation.UsedBeforeForgetting;
        if (usedAt >= 0 && evidence.Now - usedAt < Promises.Least(evidence.Promises.ForgetAfter))
            evidence.Fail("forgotten in use", $"{activation} deleted the record of a key that was used at {Timeline.Time(usedAt)}");
        (activation.IsForgetting, activation.UsedBeforeForgetting) = (false, -1);
        queue.OnForgotten(activation);
        data.OnForgotten(key, activation);

        // The next life begins with nothing: cursors, epochs and fences of this one bind nobody.
        ChainChecker.OnLost(key);
        (key.ForgottenAt, key.ForgottenBy) = (evidence.Now, activation);
        (activation.AbsentAt, activation.AbsentSeenAt) = (activation.AskedAt, evidence.Now);
    }

    /// <summary>
    /// A chunk was written. One that arrives when its activation has lost the key names nobody, and may stay until the key has a queue again.
    /// </summary>
    public void OnChunkWritten(ActivationFacts activation)
    {
        var key = evidence.Key(activation.Key);
        key.HasStrayChunk |= key.CommittedBy != activation;
        key.ChunkWrittenAt = evidence.Now;
    }

    /// <summary>
    /// A chunk was deleted. Whoever goes on after a crash looks for them from the lowest slot up, so none above it may be left; but for one
    /// that stood alone already, since a lower one was lost or it came late.
    /// </summary>
    public void OnSlotDeleted(ActivationFacts activation, int slot, IEnumerable<int> left)
    {
        var key = evidence.Key(activation.Key);
        if (!key.HasStrayChunk && key.LostAt < 0 && left.Any(other => other > slot))
            evidence.Fail("downwards", $"{activation} deleted chunk slot {slot}, and one above it is left");
    }

    public void OnLeft(KeyFacts key, IReadOnlyList<string> names)
    {
        var isExcused = (key.HasStrayChunk || key.LostAt >= 0) && !names.Contains("lock");

        // A creation that came late may have a limit, of a request whose outcome nobody knew. A key with a limit stays.
        isExcused |= key.Data is { Limit: not 0 };
        if (names.Count > 0 && !isExcused)
            evidence.Fail("nothing left", $"long after everybody has gone the store still has of key {key.Index}: {string.Join(", ", names)}");
    }
}
