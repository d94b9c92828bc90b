using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// Who may hold a lock beside those who hold it. This is all that a kind of lock decides: the order in which requests are looked at is
/// the same for every kind, and nobody is passed over because it does not fit.
/// </summary>
internal static class Admission
{
    /// <summary>Whether a request may be granted now, as far as those who hold, its own limit and the key's are concerned.</summary>
    public static bool Admits(ImmutableArray<Lease> holders, LockRequest request, int keyLimit, LockPolicy policy) =>
        FindObstacle(holders, request, keyLimit, policy) == WaitObstacle.None;

    /// <summary>What keeps a request from being granted now.</summary>
    public static WaitObstacle FindObstacle(ImmutableArray<Lease> holders, LockRequest request, int keyLimit, LockPolicy policy)
    {
        if (holders.IsEmpty)
            return WaitObstacle.None;
        if (request.Mode == LockMode.Exclusive)
            return WaitObstacle.Holders;
        long taken = request.Permits;
        foreach (var lease in holders)
        {
            if (lease.Mode == LockMode.Exclusive)
                return WaitObstacle.Holders;
            if (lease.Mode == LockMode.Upgradeable && request.Mode == LockMode.Upgradeable)
                return WaitObstacle.Upgradeable;
            taken += lease.Permits;
        }

        if ((request.Limit != 0 && taken > request.Limit) || (keyLimit != 0 && taken > keyLimit))
            return WaitObstacle.Limit;
        return holders.Length < policy.HoldersMax ? WaitObstacle.None : WaitObstacle.HoldersMax;
    }

    /// <summary>Whether a waiter may be granted what it waits for now, as far as those who hold are concerned.</summary>
    public static bool Admits(ImmutableArray<Lease> holders, Waiter waiter, int keyLimit, LockPolicy policy) =>
        waiter.IsUpgrade ? AdmitsUpgrade(holders) : Admits(holders, waiter.Request, keyLimit, policy);

    /// <summary>Whether a request could never be granted under a key's limit.</summary>
    public static bool IsOverLimit(LockRequest request, int keyLimit) => keyLimit != 0 && request.Permits > keyLimit;

    /// <summary>Whether a hold that may become exclusive may do so now: nobody else holds.</summary>
    public static bool AdmitsUpgrade(ImmutableArray<Lease> holders) => holders.Length == 1;

    /// <summary>The numbers that a request's permits get: the lowest that nobody has.</summary>
    public static ImmutableArray<int> NumbersFor(ImmutableArray<Lease> holders, LockRequest request, int keyLimit)
    {
        // Where the request leaves the number to the operator, the key's limit gives the numbers.
        var limit = request.Limit != 0 ? request.Limit : request.Mode == LockMode.Shared ? keyLimit : 0;
        if (limit is 0 or > LockPolicy.NumbersMax)
            return [];
        var isTaken = new bool[limit];
        foreach (var lease in holders)
        {
            foreach (var number in lease.Numbers)
            {
                if (number < isTaken.Length)
                    isTaken[number] = true;
            }
        }

        var numbers = ImmutableArray.CreateBuilder<int>(request.Permits);
        for (var number = 0; number < isTaken.Length && numbers.Count < request.Permits; number++)
        {
            if (!isTaken[number])
                numbers.Add(number);
        }

        InvariantViolationException.ThrowUnless(numbers.Count == request.Permits, "there is a free number for each permit that is within the limit");
        return numbers.MoveToImmutable();
    }

    /// <summary>Whether those who hold may do so side by side.</summary>
    public static bool Allows(ImmutableArray<Lease> holders)
    {
        if (holders.Length <= 1)
            return true;
        var canWrite = 0;
        HashSet<int>? numbers = null;
        foreach (var lease in holders)
        {
            if (lease.Mode == LockMode.Exclusive || (lease.Mode == LockMode.Upgradeable && ++canWrite > 1))
                return false;
            foreach (var number in lease.Numbers)
            {
                if (!(numbers ??= []).Add(number))
                    return false;
            }
        }

        return true;
    }
}
