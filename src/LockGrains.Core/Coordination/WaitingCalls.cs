using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Core;

/// <summary>The calls that wait in this activation for their turn, by attempt, with the ends of their slices in order.</summary>
internal sealed class WaitingCalls
{
    private readonly Dictionary<LeaseId, PendingCall> _byLeaseId = [];

    // Calls that were answered early stay here until their slice would have ended, and are then passed over.
    private readonly PriorityQueue<(LeaseId LeaseId, PendingCall Call), TimeSpan> _sliceEnds = new();

    /// <summary>When the next slice ends.</summary>
    public TimeSpan NextSliceEnd => _sliceEnds.TryPeek(out _, out var at) ? at : TimeSpan.MaxValue;

    public IEnumerable<PendingCall> Calls => _byLeaseId.Values;

    public void Add(Waiter waiter, PendingCall call)
    {
        call.Ticket = waiter.Ticket;
        _byLeaseId.Add(waiter.LeaseId, call);
        _sliceEnds.Enqueue((waiter.LeaseId, call), waiter.AttachedUntil);
    }

    public bool TryTake(LeaseId leaseId, [NotNullWhen(true)] out PendingCall? call) => _byLeaseId.Remove(leaseId, out call);

    public bool IsWaiting(LeaseId leaseId) => _byLeaseId.ContainsKey(leaseId);

    public bool IsWaiting(LeaseId leaseId, PendingCall call) => _byLeaseId.TryGetValue(leaseId, out var waiting) && waiting == call;

    /// <summary>Tells of one waiting call whose slice has ended; it stays until it is taken.</summary>
    public bool TryNextEnded(TimeSpan now, out LeaseId leaseId)
    {
        while (_sliceEnds.TryPeek(out var next, out var at) && at <= now)
        {
            _sliceEnds.Dequeue();
            leaseId = next.LeaseId;
            if (IsWaiting(next.LeaseId, next.Call))
                return true;
        }

        leaseId = default;
        return false;
    }

    public IReadOnlyList<PendingCall> TakeAll()
    {
        PendingCall[] calls = [.. _byLeaseId.Values];
        _byLeaseId.Clear();
        _sliceEnds.Clear();
        return calls;
    }
}
