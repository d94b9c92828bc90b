namespace LockGrains.Core.Tests.Properties;

/// <summary>The state machine and the reference, side by side: every command goes to both, and they must agree.</summary>
internal sealed class TwinLocks
{
    private readonly LockPolicy _policy;
    private readonly ReferenceLock _reference;

    public TwinLocks(LockPolicy policy)
    {
        _policy = policy;
        _reference = new ReferenceLock(policy.QueueLimit, policy.PresenceWindow, policy.FirstLease, policy.HoldersMax);
        State = LockState.Create(Time, policy);
        LastToken = State.LastToken;
    }

    private TwinLocks(TwinLocks other)
    {
        (_policy, _reference, State, Time, LastToken) = (other._policy, other._reference.Copy(), other.State, other.Time, other.LastToken);
    }

    public LockState State { get; private set; }

    public LockTime Time { get; set; } = new(TimeSpan.Zero, 1_900_000_000_000);

    public FencingToken LastToken { get; private set; }

    public LockTransition Last { get; private set; }

    public TwinLocks Copy() => new(this);

    public void Wait(TimeSpan time) => Time = new LockTime(Time.Monotonic + time, Time.UnixMilliseconds + (long)time.TotalMilliseconds);

    public void Do(LockCommand command)
    {
        Last = LockStateMachine.Apply(State, command, Time, _policy);
        State = Last.State;
        _reference.Now = Time.Monotonic;
        _reference.Grants.Clear();
        var expected = DoReference(command);
        Check(expected == Describe(Last.Reply), command, $"the reply is '{Describe(Last.Reply)}', not '{expected}'");
        if (!AreHolders())
            Fail(command, $"these hold: {string.Join(", ", State.Holders)}; and not {string.Join(", ", _reference.Holders)}");
        if (!IsUpgrade())
            Fail(command, $"{State.Upgrade} waits before the queue, not {_reference.Upgrading}");
        Check(_reference.KeyLimit == (State.Data?.Limit ?? 0), command, $"the key's limit is {State.Data?.Limit}, not {_reference.KeyLimit}");
        Check(_reference.Line.SequenceEqual(State.Queue.Waiters.Select(waiter => Number(waiter.LeaseId))), command, "the queue is another one");
        CheckGrants(command);
    }

    /// <summary>The command comes once more: whatever it says, nothing more may happen.</summary>
    public void DoAgain(LockCommand command)
    {
        // "Whoever holds" means another one the second time: the only command that is not meant to be repeated.
        if (command is LockCommand.Revoke { FencingToken.Value: 0 })
            return;
        var (first, before) = (Describe(Last.Reply), State);
        var again = LockStateMachine.Apply(State, command, Time, _policy);
        var second = Describe(again.Reply);
        Check(again.Events.All(lockEvent => lockEvent is LockEvent.LeaseRenewed), command, "it had another effect the second time");
        Check(before.Holders.SequenceEqual(again.State.Holders) && before.LastToken == again.State.LastToken, command, "it changed the holders the second time");
        Check(before.Upgrade == again.State.Upgrade, command, "it changed the upgrade that waits the second time");
        Check(before.Queue.Waiters.SequenceEqual(again.State.Queue.Waiters), command, "it changed the queue the second time");
        var settled = second == first
            || (first, second) is ("denied TimedOut", "denied Ended" or "not held TimedOut") or ("not held None", "ended Cancelled")
            || (command is LockCommand.EndSlice && (first, second) is ("denied TimedOut", "not held None"))
            || (command is LockCommand.Revoke && second == "not held None")
            || (command is LockCommand.Beat && Last.Events.Any(lockEvent => lockEvent is LockEvent.LeaseGranted or LockEvent.HoldChanged));
        Check(settled, command, $"it said '{first}', and then '{second}'");
    }

    private static string Describe(LockReply reply) => reply switch
    {
        LockReply.Granted => "granted",
        LockReply.Queued => "queued",
        LockReply.Denied { Reason: DenyReason.Busy } => "denied Busy",
        LockReply.Denied { Reason: DenyReason.Ended } => "denied Ended",
        LockReply.Denied { Reason: DenyReason.TimedOut } => "denied TimedOut",
        LockReply.Denied denied => $"denied {denied.Reason}",
        LockReply.Renewed => "renewed",
        LockReply.Current => "current",
        LockReply.Changed => "changed",
        LockReply.Ended { Reason: EndReason.Revoked } revoked => $"ended Revoked {revoked.Count}",
        LockReply.Ended ended => $"ended {ended.Reason}",
        LockReply.NotHeld notHeld => $"not held {notHeld.Reason}",
        LockReply.LimitIs limit => $"limit {limit.Limit}, version {limit.Version}{(limit.IsConflict ? ", conflict" : "")}",
        LockReply.Heard heard => $"heard {string.Join(' ', heard.Places.Select(place => place.Place))}",
        _ => "none",
    };

    private static int Number(LeaseId leaseId)
    {
        Span<byte> bytes = stackalloc byte[16];
        leaseId.Value.TryWriteBytes(bytes);
        return BitConverter.ToInt32(bytes);
    }

    private static Ask AskOf(LockRequest request) => new(
        Number(request.LeaseId), request.OwnerId, WantOf(request.Mode), request.Permits, request.Limit, request.Duration, request.Delay, request.Renews);

    private static Want WantOf(LockMode mode) => mode switch
    {
        LockMode.Exclusive => Want.Alone,
        LockMode.Shared => Want.Share,
        _ => Want.ShareAndPerhapsMore,
    };

    private bool AreHolders()
    {
        if (State.Holders.Length != _reference.Holders.Count)
            return false;
        for (var index = 0; index < State.Holders.Length; index++)
        {
            var (lease, holder) = (State.Holders[index], _reference.Holders[index]);
            if (Number(lease.LeaseId) != holder.Name || WantOf(lease.Mode) != holder.Has || lease.Permits != holder.Permits
                || lease.Change != holder.Change || lease.ExpiresAt != holder.Until || !lease.Numbers.SequenceEqual(holder.Numbers))
                return false;
        }

        return true;
    }

    private bool IsUpgrade() => State.Upgrade is { } upgrade
        ? _reference.Upgrading is { } upgrading && Number(upgrade.LeaseId) == upgrading.Name && upgrade.Change == upgrading.Change
        : _reference.Upgrading is null;

    private string DoReference(LockCommand command) => command switch
    {
        LockCommand.Acquire acquire => _reference.Acquire(AskOf(acquire.Request), acquire.Wait, acquire.Slice, acquire.Beats, acquire.NoNewPlace),
        LockCommand.Upgrade upgrade => _reference.Upgrade(Number(upgrade.LeaseId), upgrade.Change, upgrade.Wait, upgrade.Slice, upgrade.Beats),
        LockCommand.CancelUpgrade cancel => _reference.CancelUpgrade(Number(cancel.LeaseId), cancel.Change),
        LockCommand.Downgrade downgrade => _reference.Downgrade(Number(downgrade.LeaseId), downgrade.Change, WantOf(downgrade.Mode), downgrade.Permits),
        LockCommand.SetLimit setLimit => _reference.SetLimit(setLimit.Limit, setLimit.IfVersion),
        LockCommand.Renew renew => _reference.Renew(Number(renew.LeaseId)),
        LockCommand.Release release => _reference.Release(Number(release.LeaseId)),
        LockCommand.Cancel cancel => _reference.Cancel(Number(cancel.LeaseId)),
        LockCommand.Verify verify => _reference.Verify(Number(verify.LeaseId)),
        LockCommand.Revoke => _reference.Revoke(),
        LockCommand.EndSlice endSlice => _reference.EndSlice(Number(endSlice.LeaseId)),
        LockCommand.Beat beat => _reference.Beat(beat.LeaseIds.Select(Number)),
        LockCommand.Detach detach => _reference.Detach(Number(detach.LeaseId)),
        _ => _reference.Tick(),
    };

    private void CheckGrants(LockCommand command)
    {
        var granted = 0;
        foreach (var lockEvent in Last.Events)
        {
            var lease = lockEvent switch
            {
                LockEvent.LeaseGranted grant => grant.Lease,
                LockEvent.HoldChanged changed when changed.After.FencingToken != changed.Before.FencingToken => changed.After,
                _ => null,
            };
            if (lease is null)
                continue;
            Check(granted < _reference.Grants.Count && _reference.Grants[granted] == Number(lease.LeaseId), command, "it granted to another");
            Check(lease.FencingToken > LastToken, command, "a token did not grow");
            Check(Last.After == AnswerAfter.Write, command, "a grant may be told before it is written");
            LastToken = lease.FencingToken;
            granted++;
        }

        Check(granted == _reference.Grants.Count, command, "it granted less");
    }

    private void Check(bool holds, LockCommand command, string otherwise)
    {
        if (!holds)
            Fail(command, otherwise);
    }

    private void Fail(LockCommand command, string otherwise) => Assert.Fail($"At {Time.Monotonic}, {command}: {otherwise}.");
}
