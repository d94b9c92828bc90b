using static LockGrains.Core.Tests.Ids;

namespace LockGrains.Core.Tests.Storage;

/// <summary>Records to encode: the two that are pinned by golden files, and random ones.</summary>
internal static class Samples
{
    /// <summary>The content of <c>Golden/lock-v130.bin</c>.</summary>
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

    /// <summary>The content of <c>Golden/chunk-v130.bin</c>.</summary>
    public static QueueChunk Chunk { get; } = new(5,
    [
        WaiterOf(1_280, Of(3), "", TimeSpan.FromSeconds(30), renews: true),
        WaiterOf(1_283, new LeaseId(Guid.Parse("ffeeddcc-bbaa-9988-7766-554433221100")), "büro", TimeSpan.FromHours(24), renews: false),
    ]);

    public static LockRecord DrawLock(Random random) => new()
    {
        Epoch = random.NextInt64(),
        LastToken = new FencingToken(random.NextInt64(FencingToken.MaxValue)),
        LastTokenAt = random.NextInt64(),
        NextTicket = random.NextInt64(),
        FirstTicket = random.NextInt64(),
        CommittedTail = random.NextInt64(),
        Holders = [.. Enumerable.Range(0, random.Next(3)).Select(_ => DrawLease(random))],
        Ended = [.. Enumerable.Range(0, random.Next(17)).Select(_ => new EndedLease(DrawId(random), (EndReason)random.Next(7)))],
        Chunks = [.. DrawChunks(random)],
        EndedTickets = [.. Enumerable.Range(0, random.Next(4)).Select(_ => DrawEndedTickets(random))],
    };

    public static QueueChunk DrawChunk(Random random) => new(random.NextInt64(1L << 40),
        [.. Enumerable.Range(0, random.Next(20)).Select(index => WaiterOf(
            random.NextInt64(), DrawId(random), DrawText(random), new TimeSpan(random.NextInt64()), renews: random.Next(2) == 0))]);

    private static Waiter WaiterOf(long ticket, LeaseId leaseId, string ownerId, TimeSpan duration, bool renews) =>
        new() { Ticket = ticket, Request = new LockRequest(leaseId, ownerId, LockMode.Exclusive, duration, renews) };

    private static Lease DrawLease(Random random) => new()
    {
        Request = new LockRequest(DrawId(random), DrawText(random), LockMode.Exclusive, new TimeSpan(random.NextInt64()), random.Next(2) == 0),
        FencingToken = new FencingToken(random.NextInt64(FencingToken.MaxValue)),
        Term = new TimeSpan(random.NextInt64()),
        ExpiresAtUnixMilliseconds = random.NextInt64(long.MinValue, long.MaxValue),
        Restarts = random.Next(),
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
