using static LockGrains.Core.Tests.Ids;

namespace LockGrains.Core.Tests.Storage;

/// <summary>Records to encode: those that are pinned by golden files, and random ones.</summary>
internal static class Samples
{
    /// <summary>The content of <c>Golden/lock-v132.bin</c>, of a mutex.</summary>
    public static LockRecord Lock { get; } = new()
    {
        Epoch = 42,
        LastToken = new FencingToken(3_891_200_000_012_345),
        LastTokenAt = 1_899_999_999_000,
        NextTicket = 1_300,
        FirstTicket = 257,
        CommittedTail = 1_280,
        Holders =
        [
            new Lease
            {
                Request = new LockRequest(
                    new LeaseId(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")), "köln-7 🔒", LockMode.Exclusive, TimeSpan.FromSeconds(30), Renews: true),
                FencingToken = new FencingToken(3_891_200_000_012_345),
                Term = TimeSpan.FromSeconds(5),
                ExpiresAtUnixMilliseconds = 1_900_000_005_000,
                Restarts = 2,
            },
        ],
        Ended = [new EndedLease(Of(1), EndReason.Released), new EndedLease(Of(2), EndReason.Dropped)],
        Chunks = [new ChunkPlace(1, 1), new ChunkPlace(2, 2), new ChunkPlace(3, 0), new ChunkPlace(4, 3)],
        EndedTickets = [new EndedTickets(1, 0, 0).With(257).With(511), new EndedTickets(4, 0, 0).With(1_024 + 127).With(1_024 + 128)],
    };

    /// <summary>The content of <c>Golden/chunk-v132.bin</c>, of a mutex.</summary>
    public static QueueChunk Chunk { get; } = new(5,
    [
        WaiterOf(1_280, Of(3), "", TimeSpan.FromSeconds(30), renews: true),
        WaiterOf(1_283, new LeaseId(Guid.Parse("ffeeddcc-bbaa-9988-7766-554433221100")), "büro", TimeSpan.FromHours(24), renews: false),
    ]);

    /// <summary>The content of <c>Golden/lock-data-v132.bin</c>: a mutex with a limit and a value.</summary>
    public static LockRecord LockWithData { get; } = Lock with
    {
        Data = new KeyData { Limit = 300, LimitVersion = 2, ValueVersion = 129, Value = new KeyValue([.. "Köln"u8], Of(4), 1_900_000_000_000) },
    };

    /// <summary>
    /// The content of <c>Golden/lock-kinds-v132.bin</c>: a reader with a lock-delay, an upgradeable hold whose holder gave an upgrade up, permits with
    /// numbers, and a writer that has become a reader, and two holds under a session.
    /// </summary>
    public static LockRecord LockOfKinds { get; } = new()
    {
        Epoch = 7,
        LastToken = new FencingToken(3_891_200_000_012_349),
        LastTokenAt = 1_899_999_999_000,
        NextTicket = 1,
        FirstTicket = 1,
        CommittedTail = 1,
        Holders =
        [
            LeaseOf(new LockRequest(Of(1), "leser", LockMode.Shared, TimeSpan.FromSeconds(30), Renews: true) { Delay = TimeSpan.FromSeconds(15) }, 345),
            LeaseOf(new LockRequest(Of(2), "", LockMode.Upgradeable, TimeSpan.FromSeconds(30), Renews: false), 346, new HoldExtent(LockMode.Upgradeable, 1, [], 3)),
            LeaseOf(
                new LockRequest(Of(3), "pool", LockMode.Shared, TimeSpan.FromMinutes(5), Renews: true) { Permits = 6, Limit = 4_096 },
                347,
                new HoldExtent(LockMode.Shared, 5, [0, 1, 2, 130, 4_095], 1)),
            LeaseOf(new LockRequest(Of(4), "", LockMode.Exclusive, TimeSpan.FromSeconds(30), Renews: true), 348, new HoldExtent(LockMode.Shared, 1, [], 300)),
            LeaseOf(new LockRequest(Of(5), "", LockMode.Shared, TimeSpan.FromSeconds(30), Renews: true) { Permits = 1_000_000, Limit = 1_000_000 }, 349),
            LeaseOf(new LockRequest(Of(7), "", LockMode.Shared, TimeSpan.FromMinutes(10), Renews: true) { Session = Session }, 350),
            LeaseOf(
                new LockRequest(Of(8), "", LockMode.Shared, TimeSpan.FromMinutes(10), Renews: true) { Permits = 2, Limit = 3, Delay = TimeSpan.FromSeconds(1), Session = Session }, 351),
        ],
        Ended = [new EndedLease(Of(6), EndReason.Revoked)],
        Chunks = [],
        EndedTickets = [],
    };

    /// <summary>The content of <c>Golden/chunk-kinds-v132.bin</c>: who waits to share, with a limit and without, to share and upgrade, and to write, under a session and not.</summary>
    public static QueueChunk ChunkOfKinds { get; } = new(0,
    [
        new Waiter { Ticket = 1, Request = new LockRequest(Of(1), "", LockMode.Shared, TimeSpan.FromSeconds(30), Renews: true) },
        new Waiter { Ticket = 2, Request = new LockRequest(Of(2), "pool", LockMode.Shared, TimeSpan.FromSeconds(30), Renews: false) { Permits = 2, Limit = 300 } },
        new Waiter { Ticket = 3, Request = new LockRequest(Of(3), "", LockMode.Shared, TimeSpan.FromSeconds(30), Renews: true) { Permits = 1_000_000 } },
        new Waiter { Ticket = 4, Request = new LockRequest(Of(4), "", LockMode.Upgradeable, TimeSpan.FromSeconds(30), Renews: true) },
        new Waiter { Ticket = 200, Request = new LockRequest(Of(5), "", LockMode.Shared, TimeSpan.FromSeconds(30), Renews: true) { Limit = 1 } },
        new Waiter { Ticket = 254, Request = new LockRequest(Of(7), "", LockMode.Exclusive, TimeSpan.FromMinutes(10), Renews: true) { Session = Session } },
        WaiterOf(255, Of(6), "", TimeSpan.FromSeconds(30), renews: true),
    ]);

    private static SessionRef Session => new("0123456789abcdef0123456789abcdef", new FencingToken(3_891_200_000_012_000));

    public static LockRecord DrawLock(Random random) => new()
    {
        Epoch = random.NextInt64(),
        LastToken = new FencingToken(random.NextInt64(FencingToken.MaxValue)),
        LastTokenAt = random.NextInt64(),
        NextTicket = random.NextInt64(),
        FirstTicket = random.NextInt64(),
        CommittedTail = random.NextInt64(),
        Holders = [.. Enumerable.Range(0, random.Next(5)).Select(_ => DrawLease(random))],
        Ended = [.. Enumerable.Range(0, random.Next(17)).Select(_ => new EndedLease(DrawId(random), (EndReason)random.Next(9)))],
        Chunks = [.. DrawChunks(random)],
        EndedTickets = [.. Enumerable.Range(0, random.Next(4)).Select(_ => DrawEndedTickets(random))],
        Data = random.Next(3) == 0 ? DrawData(random) : null,
    };

    private static KeyData DrawData(Random random)
    {
        var bytes = new byte[random.Next(3) * random.Next(100)];
        random.NextBytes(bytes);
        return new KeyData
        {
            Limit = random.Next(LockPolicy.PermitsMax),
            LimitVersion = random.NextInt64(),
            ValueVersion = random.NextInt64(),
            Value = bytes.Length == 0 ? null : new KeyValue([.. bytes], DrawId(random), random.Next(2) == 0 ? long.MaxValue : random.NextInt64()),
        };
    }

    public static QueueChunk DrawChunk(Random random) => new(random.NextInt64(1L << 40),
        [.. Enumerable.Range(0, random.Next(20)).Select(_ => new Waiter { Ticket = random.NextInt64(), Request = DrawRequest(random) })]);

    private static Waiter WaiterOf(long ticket, LeaseId leaseId, string ownerId, TimeSpan duration, bool renews) =>
        new() { Ticket = ticket, Request = new LockRequest(leaseId, ownerId, LockMode.Exclusive, duration, renews) };

    private static Lease LeaseOf(LockRequest request, long token, HoldExtent? extent = null) => new()
    {
        Request = request,
        FencingToken = new FencingToken(3_891_200_000_012_000 + token),
        Extent = extent,
        Term = TimeSpan.FromSeconds(5),
        ExpiresAtUnixMilliseconds = 1_900_000_005_000,
        Restarts = extent is null ? 0 : 1,
    };

    private static LockRequest DrawRequest(Random random)
    {
        var request = new LockRequest(DrawId(random), DrawText(random), (LockMode)random.Next(1, 4), new TimeSpan(random.NextInt64()), random.Next(2) == 0)
        {
            Delay = random.Next(3) == 0 ? new TimeSpan(random.NextInt64(LockPolicy.DelayMax.Ticks + 1)) : TimeSpan.Zero,
            Session = random.Next(3) == 0 ? new SessionRef(DrawId(random).ToString(), new FencingToken(random.NextInt64(1, FencingToken.MaxValue))) : null,
        };
        if (request.Mode != LockMode.Shared)
            return request;
        var permits = random.Next(1, random.Next(2) == 0 ? 4 : LockPolicy.PermitsMax + 1);
        return request with { Permits = permits, Limit = random.Next(2) == 0 ? 0 : random.Next(permits, LockPolicy.PermitsMax + 1) };
    }

    private static HoldExtent? DrawExtent(Random random)
    {
        if (random.Next(3) == 0)
            return null;
        var mode = (LockMode)random.Next(1, 4);
        if (mode != LockMode.Shared)
            return new HoldExtent(mode, 1, [], random.Next()) { IsUpgraded = mode == LockMode.Exclusive && random.Next(2) == 0 };

        // Runs and gaps of every length, up to the largest number there is.
        var numbers = Enumerable.Range(random.Next(LockPolicy.NumbersMax), random.Next(300)).Where(number => number < LockPolicy.NumbersMax && random.Next(5) > 0).ToArray();
        return new HoldExtent(mode, numbers.Length + 1 + random.Next(3), [.. numbers], random.Next());
    }

    private static Lease DrawLease(Random random) => new()
    {
        Request = DrawRequest(random),
        Extent = DrawExtent(random),
        FencingToken = new FencingToken(random.NextInt64(FencingToken.MaxValue)),
        Term = new TimeSpan(random.NextInt64()),
        ExpiresAtUnixMilliseconds = random.NextInt64(long.MinValue, long.MaxValue),
        Restarts = random.Next(1 << 30),
    };

    private static IEnumerable<ChunkPlace> DrawChunks(Random random)
    {
        var (number, slot) = (random.NextInt64(1L << 40), random.Next(1000));
        for (var count = random.Next(50); count > 0; count--)
        {
            yield return new ChunkPlace(number, slot);
            number += random.Next(4) == 0 ? random.Next(1, 5) : 1;
            slot = random.Next(4) == 0 ? random.Next(1000) : slot + 1;
        }
    }

    private static EndedTickets DrawEndedTickets(Random random)
    {
        var chunk = random.NextInt64(1L << 40);
        return Enumerable.Range(0, random.Next(300)).Aggregate(
            new EndedTickets(chunk, 0, 0), (ended, _) => ended.With(QueueChunk.FirstTicketOf(chunk) + random.Next(QueueChunk.Size)));
    }

    private static LeaseId DrawId(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new LeaseId(new Guid(bytes));
    }

    private static string DrawText(Random random) => string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(4) switch
    {
        0 => "ß",
        1 => "🔒",
        2 => "\0",
        _ => ((char)random.Next(0x20, 0x7F)).ToString(),
    }));
}
