using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>What can be asked of a lock: a closed set.</summary>
public abstract record LockCommand
{
    private LockCommand()
    {
    }

    /// <summary>A command whose call may have to wait.</summary>
    /// <param name="LeaseId">The id of the request.</param>
    /// <param name="Wait">How long it is still ready to wait; zero for not at all, infinite for ever.</param>
    /// <param name="Slice">The longest that this one call waits, before the policy's bound; null for that bound.</param>
    /// <param name="Beats">How often the client sends a heartbeat that names this request; null for never.</param>
    public abstract record Waiting(LeaseId LeaseId, TimeSpan Wait, TimeSpan? Slice, TimeSpan? Beats) : LockCommand;

    /// <summary>Asks for the lock, or comes back to wait for it.</summary>
    /// <param name="Request">What it asks for.</param>
    /// <param name="Wait">How long it is still ready to wait; zero for not at all, infinite for ever.</param>
    /// <param name="Slice">The longest that this one call waits, before the policy's bound; null for that bound.</param>
    /// <param name="Beats">How often the client sends a heartbeat that names this request; null for never.</param>
    public sealed record Acquire(LockRequest Request, TimeSpan Wait, TimeSpan? Slice = null, TimeSpan? Beats = null)
        : Waiting((Request ?? throw new ArgumentNullException(nameof(Request))).LeaseId, Wait, Slice, Beats)
    {
        /// <summary>The value that the grant sets; null to leave it as it is. Only where the mode is exclusive.</summary>
        public NewValue? Value { get; init; }

        /// <summary>Whether it may take no new place in the queue. One that waits already goes on waiting.</summary>
        public bool NoNewPlace { get; init; }
    }

    /// <summary>Asks to make an upgradeable hold exclusive, before everybody who waits; or comes back to wait for it.</summary>
    /// <param name="LeaseId">The attempt that holds.</param>
    /// <param name="Change">The number of this change: larger than that of the holder's change before.</param>
    /// <param name="Wait">How long it is still ready to wait; zero for not at all. Never infinite.</param>
    /// <param name="Slice">The longest that this one call waits, before the policy's bound; null for that bound.</param>
    /// <param name="Beats">How often the client sends a heartbeat that names this request; null for never.</param>
    public sealed record Upgrade(LeaseId LeaseId, int Change, TimeSpan Wait, TimeSpan? Slice = null, TimeSpan? Beats = null)
        : Waiting(LeaseId, Wait, Slice, Beats);

    /// <summary>Gives an upgrade up, wherever it stands. What was held before it stays held.</summary>
    /// <param name="LeaseId">The attempt that holds.</param>
    /// <param name="Change">The number of the upgrade.</param>
    public sealed record CancelUpgrade(LeaseId LeaseId, int Change) : LockCommand;

    /// <summary>Gives a part of a hold back. Nobody comes in between, since the rest stays held.</summary>
    /// <param name="LeaseId">The attempt that holds.</param>
    /// <param name="Change">The number of this change: larger than that of the holder's change before.</param>
    /// <param name="Mode">What it shares the lock with from then on.</param>
    /// <param name="Permits">How many permits it keeps.</param>
    public sealed record Downgrade(LeaseId LeaseId, int Change, LockMode Mode, int Permits = 1) : LockCommand;

    /// <summary>Extends a lease to its full duration, counted anew.</summary>
    /// <param name="LeaseId">The attempt that holds.</param>
    public sealed record Renew(LeaseId LeaseId) : LockCommand;

    /// <summary>Ends a hold and hands the lock over.</summary>
    /// <param name="LeaseId">The attempt that holds.</param>
    public sealed record Release(LeaseId LeaseId) : LockCommand;

    /// <summary>Gives an attempt up, wherever it stands.</summary>
    /// <param name="LeaseId">The attempt.</param>
    public sealed record Cancel(LeaseId LeaseId) : LockCommand;

    /// <summary>Sets the key's value, or clears it.</summary>
    /// <param name="LeaseId">The attempt that holds, exclusively.</param>
    /// <param name="Value">The value.</param>
    /// <param name="IfVersion">The version that it replaces.</param>
    public sealed record SetValue(LeaseId LeaseId, NewValue Value, long IfVersion) : LockCommand;

    /// <summary>Asks for the key's value.</summary>
    public sealed record ReadValue : LockCommand
    {
        /// <summary>The only one there need be.</summary>
        public static ReadValue Instance { get; } = new();
    }

    /// <summary>Asks for the present state, as storage has it. It changes nothing and makes no record.</summary>
    public sealed record Look : LockCommand
    {
        /// <summary>The only one there need be.</summary>
        public static Look Instance { get; } = new();
    }

    /// <summary>Sets the key's limit. Nothing is taken from anybody.</summary>
    /// <param name="Limit">The limit; 0 for none.</param>
    /// <param name="IfVersion">The version that it replaces.</param>
    public sealed record SetLimit(int Limit, long IfVersion) : LockCommand;

    /// <summary>Asks whether an attempt holds the lock now.</summary>
    /// <param name="LeaseId">The attempt.</param>
    public sealed record Verify(LeaseId LeaseId) : LockCommand;

    /// <summary>Takes the lock from its holders.</summary>
    /// <param name="FencingToken">The hold to end; none for all that there are.</param>
    public sealed record Revoke(FencingToken FencingToken) : LockCommand;

    /// <summary>A session is over, and storage says so: ends what is held under it, and every wait. The word of a <see cref="ISessionProbe"/>.</summary>
    /// <param name="Session">The session.</param>
    public sealed record EndSession(SessionRef Session) : LockCommand;

    /// <summary>Asks whether a hold is over. Whoever asks acts on that, so an end is told only when it is in storage.</summary>
    /// <param name="FencingToken">The token of the hold.</param>
    public sealed record AskEnd(FencingToken FencingToken) : LockCommand;

    /// <summary>The client of some waiters is there. It changes nothing about a hold, or about who waits without a call.</summary>
    /// <param name="LeaseIds">The attempts that wait, as their client believes.</param>
    public sealed record Beat(ImmutableArray<LeaseId> LeaseIds) : LockCommand;

    /// <summary>The call that a waiter waited in has come to its end by the clock.</summary>
    /// <param name="LeaseId">The attempt.</param>
    public sealed record EndSlice(LeaseId LeaseId) : LockCommand;

    /// <summary>The call that a waiter waited in was abandoned; that says nothing of what its client wants.</summary>
    /// <param name="LeaseId">The attempt.</param>
    public sealed record Detach(LeaseId LeaseId) : LockCommand;

    /// <summary>
    /// The client of a waiter was there at an instant: its call was being answered, or waits for an answer that is not durable yet.
    /// Decided before all else, and without what is due, so that a slow write costs nobody its place.
    /// </summary>
    /// <param name="LeaseId">The attempt.</param>
    /// <param name="At">When, on the monotonic clock.</param>
    public sealed record Hear(LeaseId LeaseId, TimeSpan At) : LockCommand;

    /// <summary>Time has passed. Every other command but <see cref="Hear"/> begins with this one.</summary>
    public sealed record Tick : LockCommand
    {
        /// <summary>The only one there need be.</summary>
        public static Tick Instance { get; } = new();
    }
}
