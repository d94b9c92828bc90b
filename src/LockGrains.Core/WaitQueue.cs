using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// The waiters of one key in ticket order. Immutable, so that a decision can be made on a copy and forgotten if its write fails.
/// Entering, leaving and asking for a place are O(log n); the tickets of those that left are never used again.
/// </summary>
public sealed class WaitQueue
{
    private static readonly IComparer<Waiter> ByTicket = Comparer<Waiter>.Create((left, right) => left.Ticket.CompareTo(right.Ticket));

    private readonly ImmutableList<Waiter> _waiters;
    private readonly ImmutableDictionary<LeaseId, Waiter> _byLeaseId;

    private WaitQueue(ImmutableList<Waiter> waiters, ImmutableDictionary<LeaseId, Waiter> byLeaseId, long nextTicket)
    {
        _waiters = waiters;
        _byLeaseId = byLeaseId;
        NextTicket = nextTicket;
    }

    /// <summary>A queue that nobody ever waited in. Tickets start at 1.</summary>
    public static WaitQueue Empty { get; } = new([], ImmutableDictionary<LeaseId, Waiter>.Empty, nextTicket: 1);

    /// <summary>The ticket of the next waiter to come.</summary>
    public long NextTicket { get; }

    /// <summary>The ticket of the first waiter; <see cref="NextTicket"/> when nobody waits. All smaller ones are settled.</summary>
    public long FirstTicket => IsEmpty ? NextTicket : First.Ticket;

    /// <summary>How many wait.</summary>
    public int Count => _waiters.Count;

    /// <summary>Whether nobody waits.</summary>
    public bool IsEmpty => _waiters.IsEmpty;

    /// <summary>The next in line. The queue must not be empty.</summary>
    public Waiter First => _waiters[0];

    /// <summary>The waiters in order.</summary>
    public IEnumerable<Waiter> Waiters => _waiters;

    /// <summary>Finds a waiter.</summary>
    /// <param name="leaseId">Its attempt.</param>
    public Waiter? Find(LeaseId leaseId) => _byLeaseId.GetValueOrDefault(leaseId);

    /// <summary>Finds a waiter by its ticket.</summary>
    /// <param name="ticket">The ticket.</param>
    public Waiter? FindTicket(long ticket)
    {
        var index = IndexOfTicket(ticket);
        return index < _waiters.Count && _waiters[index].Ticket == ticket ? _waiters[index] : null;
    }

    /// <summary>The place of a waiter: 1 for the next in line, 0 when it does not wait.</summary>
    /// <param name="leaseId">Its attempt.</param>
    public int PlaceOf(LeaseId leaseId) => Find(leaseId) is { } waiter ? IndexOf(waiter) + 1 : 0;

    /// <summary>The waiters whose tickets lie in a range.</summary>
    /// <param name="firstTicket">The smallest ticket.</param>
    /// <param name="endTicket">One more than the largest.</param>
    public IEnumerable<Waiter> Between(long firstTicket, long endTicket)
    {
        for (var index = IndexOfTicket(firstTicket); index < _waiters.Count && _waiters[index].Ticket < endTicket; index++)
            yield return _waiters[index];
    }

    internal WaitQueue Enqueue(Waiter waiter) =>
        new(_waiters.Add(waiter), _byLeaseId.Add(waiter.LeaseId, waiter), waiter.Ticket + 1);

    // One that is equal changes nothing: a dictionary keeps its old value then, and the two would not name the same object any more.
    internal WaitQueue Replace(Waiter waiter) => Find(waiter.LeaseId) == waiter
        ? this
        : new(_waiters.SetItem(IndexOf(waiter), waiter), _byLeaseId.SetItem(waiter.LeaseId, waiter), NextTicket);

    internal WaitQueue Remove(Waiter waiter) =>
        new(_waiters.RemoveAt(IndexOf(waiter)), _byLeaseId.Remove(waiter.LeaseId), NextTicket);

    /// <summary>Keeps only some, in O(n): for many at once, where one by one would cost more.</summary>
    internal WaitQueue Where(Predicate<Waiter> keep) => From(_waiters.Where(waiter => keep(waiter)), NextTicket);

    internal static WaitQueue From(IEnumerable<Waiter> inOrder, long nextTicket)
    {
        var waiters = ImmutableList.CreateRange(inOrder);
        return new WaitQueue(waiters, waiters.ToImmutableDictionary(waiter => waiter.LeaseId), nextTicket);
    }

    private int IndexOf(Waiter waiter) => _waiters.BinarySearch(waiter, ByTicket);

    private int IndexOfTicket(long ticket)
    {
        var (low, high) = (0, _waiters.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_waiters[middle].Ticket < ticket)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
