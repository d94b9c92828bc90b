using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Core;

/// <summary>The calls that wait in this activation for their turn, by attempt, with the ends of their slices in order.</summary>
internal sealed class WaitingCalls
{
    private const int Spare = 64;

    private readonly Dictionary<LeaseId, PendingCall> _byLeaseId = [];

    // Those of calls that were answered early stay here for a while, and are passed over. They must not keep the calls themselves: a busy
    // key answers tens of thousands in the time of a slice.
    private readonly PriorityQueue<LeaseId, TimeSpan> _sliceEnds = new();

    /// <summary>When the next slice ends.</summary>
    public TimeSpan NextSliceEnd => _sliceEnds.TryPeek(out _, out var at) ? at : TimeSpan.MaxValue;

    public void Add(Waiter waiter, PendingCall call)
    {
        call.StartWaiting(waiter);
        _byLeaseId.Add(waiter.LeaseId, call);
        _sliceEnds.Enqueue(waiter.LeaseId, waiter.AttachedUntil);
        if (_sliceEnds.Count > (2 * _byLeaseId.Count) + Spare)
            ForgetAnswered();
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
            leaseId = next;
            if (_byLeaseId.TryGetValue(next, out var call) && call.WaitsUntil == at)
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

    private void ForgetAnswered()
    {
        _sliceEnds.Clear();
        _sliceEnds.EnqueueRange(_byLeaseId.Select(waiting => (waiting.Key, waiting.Value.WaitsUntil)));
    }
}
