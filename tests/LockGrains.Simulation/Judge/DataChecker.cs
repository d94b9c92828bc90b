namespace LockGrains.Simulation;

/// <summary>
/// A key's limit and value. Each change has the next version, and was asked for under the version before it, so that a late copy changes nothing. Only
/// an exclusive holder sets the value. One that is ephemeral ends with its hold, and one that is kept stays until its time. What is told was written.
/// Nobody comes in beyond a limit that stood before.
/// </summary>
internal sealed class DataChecker(Evidence evidence, Coverage coverage)
{
    private const long TicksPerMillisecond = TimeSpan.TicksPerMillisecond;

    public void OnDelivered(CallFacts call)
    {
        if (call.Kind is CallKind.SetValue or CallKind.SetLimit)
            evidence.Key(call.Key).DataCalls.Add(call);
    }

    public void OnCommitted(KeyFacts key, ActivationFacts activation, CommitFacts commit)
    {
        var data = commit.Data;
        if (key.Data is { } before && (before != data || data != default))
        {
            CheckValue(key, before, activation, commit);
            CheckLimit(key, before, activation, commit);
        }

        if (data.IsEphemeral && commit.Find(data.SetBy) is null)
            evidence.Fail("value ends with its hold", $"{activation} wrote value {data.Value} of {Short.Of(data.SetBy)}, which does not hold any more");
        Note(key, data);
    }

    /// <summary>Records were lost: nobody knows what there is, until the next is written.</summary>
    public static void OnLost(KeyFacts key)
    {
        key.Data = null;
        key.DataHistory.Clear();
    }

    /// <summary>The key was forgotten. One with a limit or with a value that is kept was in use.</summary>
    public void OnForgotten(KeyFacts key, ActivationFacts activation)
    {
        if (key.Data is { Limit: not 0 } limited)
            evidence.Fail("forgotten in use", $"{activation} deleted the record of a key with limit {limited.Limit}");
        if (key.Data is { } data && IsKept(data))
            evidence.Fail("forgotten in use", $"{activation} deleted the record of a key whose value {data.Value} is kept");
        Note(key, default);
    }

    public void OnAnswered(ActivationFacts activation, Delivery delivery, AnswerFacts answer)
    {
        var key = evidence.Key(delivery.Call.Key);
        if (answer.Kind is not (AnswerKind.ValueIs or AnswerKind.LimitIs) || key.Data is null || evidence.IsFromBeforeLoss(activation))
            return;
        var isSet = delivery.Call.Kind != CallKind.ReadValue && !answer.IsConflict;
        if (isSet)
            CheckSet(key, activation, delivery, answer);
        else
            CheckTold(key, activation, delivery, answer);
        if (answer.IsConflict)
            CheckConflict(key, activation, delivery, answer);
        coverage.Add(answer switch
        {
            { IsConflict: true } => Mark.DataConflict,
            { Kind: AnswerKind.LimitIs } => Mark.LimitSet,
            _ when isSet => Mark.ValueSet,
            _ => Mark.ValueRead,
        });
    }

    private void CheckValue(KeyFacts key, KeyDataFacts before, ActivationFacts activation, CommitFacts commit)
    {
        var data = commit.Data;
        var isSame = (data.Value, data.SetBy, data.KeptUntilWall) == (before.Value, before.SetBy, before.KeptUntilWall);
        if (data.ValueVersion < before.ValueVersion || (data.ValueVersion == before.ValueVersion && !isSame))
            evidence.Fail("value has a version", $"{activation} wrote value {data.Value}, version {data.ValueVersion}, over {before.Value}, version {before.ValueVersion}");
        if (isSame)
            return;
        if (data.Value == 0)
        {
            // Set and ended within one batch, another may have been written in between.
            if (data.ValueVersion == before.ValueVersion + 1 && IsKept(before))
                evidence.Fail("value is kept", $"{activation} wrote no value over {before.Value}, which is kept");
            return;
        }

        var wasAsked = key.DataCalls.Exists(call => call.Kind == CallKind.SetValue && call.Lease == data.SetBy && call.Value == data.Value && call.IfVersion == data.ValueVersion - 1);
        if (!wasAsked)
            evidence.Fail("late copy of a value", $"{activation} wrote value {data.Value} of {Short.Of(data.SetBy)} as version {data.ValueVersion}, which nobody asked for");
        var isHolder = key.Committed?.Find(data.SetBy) is { Share.Mode: HoldMode.Exclusive };
        if (!isHolder && evidence.Find(data.SetBy) is { } attempt && !evidence.WasHeadLost(attempt))
            evidence.Fail("value by the holder", $"{activation} wrote value {data.Value} of {Short.Of(data.SetBy)}, which did not hold the lock exclusively");
    }

    private void CheckLimit(KeyFacts key, KeyDataFacts before, ActivationFacts activation, CommitFacts commit)
    {
        var data = commit.Data;
        if (data.LimitVersion < before.LimitVersion || (data.LimitVersion == before.LimitVersion && data.Limit != before.Limit))
            evidence.Fail("limit has a version", $"{activation} wrote limit {data.Limit}, version {data.LimitVersion}, over {before.Limit}, version {before.LimitVersion}");
        if (data.LimitVersion != before.LimitVersion)
        {
            if (!key.DataCalls.Exists(call => call.Kind == CallKind.SetLimit && call.Value == data.Limit && call.IfVersion == data.LimitVersion - 1))
                evidence.Fail("late copy of a limit", $"{activation} wrote limit {data.Limit} as version {data.LimitVersion}, which nobody asked for");
            return;
        }

        if (data.Limit == 0)
            return;
        foreach (var holder in commit.Holders)
        {
            var taken = commit.Holders.Where(other => other.Token <= holder.Token).Sum(other => (long)other.Share.Permits);
            if (taken > data.Limit && key.Committed?.Find(holder.Lease) is null)
                evidence.Fail("limit of the key", $"{activation} granted {holder.Share}, and with it {taken} permits are taken, more than {data.Limit}");
        }
    }

    // What is said to be set has been written, by this very request.
    private void CheckSet(KeyFacts key, ActivationFacts activation, Delivery delivery, AnswerFacts answer)
    {
        var call = delivery.Call;
        var isWritten = key.DataHistory.Exists(noted => call.Kind == CallKind.SetLimit
            ? noted.Data.LimitVersion >= call.IfVersion + 1 && (noted.Data.Limit == call.Value || noted.Data.LimitVersion > call.IfVersion + 1)
            : noted.Data.ValueVersion >= call.IfVersion + 1 && (noted.Data.Value == call.Value || noted.Data.ValueVersion > call.IfVersion + 1));
        if (!isWritten)
            evidence.Fail("write before answer", $"{activation} answered {call} that {answer.Value} is set, which is in no record");
    }

    // What is read was so at some time since a short while before it was asked.
    private void CheckTold(KeyFacts key, ActivationFacts activation, Delivery delivery, AnswerFacts answer)
    {
        var since = delivery.At - evidence.Promises.ValidationAge - (evidence.Promises.ValidationAge / 50);

        // What there was before the first write after a loss, nobody knows.
        if (key.DataHistory[0].At > since)
            return;
        for (var index = 0; index < key.DataHistory.Count; index++)
        {
            var (_, data) = key.DataHistory[index];
            var until = index + 1 < key.DataHistory.Count ? key.DataHistory[index + 1].At : long.MaxValue;
            var (value, version) = answer.Kind == AnswerKind.LimitIs ? (data.Limit, data.LimitVersion) : (data.Value, data.ValueVersion);

            // Several requests may be carried out by one write; what one of them made of it is part of that.
            var isInBetween = index + 1 < key.DataHistory.Count && version < answer.Version && answer.Version < VersionOf(answer, key.DataHistory[index + 1].Data)
                && (answer.Value == 0 || key.DataCalls.Exists(call => call.IfVersion == answer.Version - 1 && call.Value == answer.Value));
            var isPast = answer.Kind == AnswerKind.ValueIs && answer.Value == 0 && !IsKept(data);
            if (isInBetween && until >= since)
                return;
            if (until >= since && version == answer.Version && (value == answer.Value || isPast))
                return;

            // The end of a hold may be told before it is written, and its value ends with it.
            if (index == key.DataHistory.Count - 1 && data.IsEphemeral && !activation.Told.ContainsKey(data.SetBy) && (answer.Value, answer.Version) == (0, version + 1))
                return;
        }

        evidence.Fail("told as written", $"{activation} answered {delivery.Call} with {answer.Value}, version {answer.Version}, which was in no record since {Timeline.Time(since)}");
    }

    private static long VersionOf(AnswerFacts answer, KeyDataFacts data) => answer.Kind == AnswerKind.LimitIs ? data.LimitVersion : data.ValueVersion;

    // Refused for its version only where that is another, and not the one that this request has made itself.
    private void CheckConflict(KeyFacts key, ActivationFacts activation, Delivery delivery, AnswerFacts answer)
    {
        var (call, (changedAt, data)) = (delivery.Call, key.DataHistory[^1]);
        if (changedAt >= delivery.At)
            return;
        var (value, version) = call.Kind == CallKind.SetLimit ? (data.Limit, data.LimitVersion) : (data.Value, data.ValueVersion);
        var isOwn = version == call.IfVersion + 1 && value == call.Value && (call.Kind == CallKind.SetLimit || data.SetBy == call.Lease);
        var isGone = call.Kind == CallKind.SetValue && !data.IsEphemeral && !IsKept(data);
        if (version == call.IfVersion || (isOwn && !isGone))
            evidence.Fail("conflict with a reason", $"{activation} answered {call} with a conflict, and there is {value}, version {version}");
    }

    // As far as wall clocks can be trusted.
    private bool IsKept(KeyDataFacts data) => data.Value != 0 && !data.IsEphemeral && !evidence.AreWallClocksBroken
        && evidence.WallNow + (evidence.Promises.MaxClockSkew / TicksPerMillisecond) < data.KeptUntilWall;

    private void Note(KeyFacts key, KeyDataFacts data)
    {
        if (key.DataHistory is not [.., var last] || last.Data != data)
            key.DataHistory.Add((evidence.Now, data));
        key.Data = data;
    }
}
