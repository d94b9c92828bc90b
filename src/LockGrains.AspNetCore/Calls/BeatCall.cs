using System.Collections.Immutable;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Calls;

/// <summary>
/// Many leases of many keys in one message: what a client holds, and what it waits for. Each has its own result, since one lock's trouble is not
/// another's. A wait is never renewed by it.
/// </summary>
internal static class BeatCall
{
    // As the heartbeats of polls: one grain that hangs is not in the way of all.
    private const int Senders = 16;

    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);

    public static async Task<Reply> BeatAsync(ApiCall call)
    {
        call.Identify(AccessVerb.Acquire);
        QueryReader.ReadNothing(call.Context.Request);
        var body = await BodyReader.ReadAsync(call.Context.Request, BodyReader.BatchBytesMax, call.Gone);
        var (renewalItems, waitItems) = (body.Items("renewals"), body.Items("waits"));
        body.End();
        var count = renewalItems.Count + waitItems.Count;
        if (count is 0 or > Heartbeat.BeatsMax)
            throw Problem.InvalidMember("renewals", $"renewals and waits have {count} leases together; they must have 1 to {Heartbeat.BeatsMax}.");

        List<Named> renewals = [.. renewalItems.Select(item => Read(call, item))], waits = [.. waitItems.Select(item => Read(call, item))];
        var (renewed, heard) = await SendAsync(call, renewals, waits);
        return Reply.Of(
            new BeatenJson(
                renewals.Zip(renewed, static (named, reply) => new RenewalJson(
                    named.IsAllowed ? NameOf(reply.Status) : Problem.Forbidden.Code,
                    named.Beat.Key,
                    reply.Status == RenewStatus.Renewed ? reply.ValidFor.TotalSeconds : null,
                    reply.Status == RenewStatus.Renewed ? reply.Waiters : null,
                    RecentName.Of(reply.End))),
                waits.Zip(heard, static (named, reply) => new WaitJson(
                    named.IsAllowed ? NameOf(reply.Status) : Problem.Forbidden.Code,
                    named.Beat.Key,
                    reply is { Status: BeatStatus.Waits, Place: > 0 } ? reply.Place : null,
                    reply.Status == BeatStatus.Waits ? reply.QueueLength : null,
                    reply.Estimate?.TotalSeconds))),
            static text => text.BeatenJson);
    }

    private static Named Read(ApiCall call, JsonBody item)
    {
        var key = item.Key();
        var isAllowed = call.IsAllowed(AccessVerb.Acquire, key);
        var leaseId = item.LeaseId();
        item.End();
        return new Named(new Beat { Key = key, LeaseId = leaseId }, isAllowed);
    }

    /// <summary>Sends those that are allowed; the others have an empty reply each.</summary>
    private static async Task<(RenewReply[] Renewed, BeatReply[] Heard)> SendAsync(ApiCall call, List<Named> renewals, List<Named> waits)
    {
        var heartbeat = new Heartbeat { Renewals = Allowed(renewals), Waits = Allowed(waits), AnswerWithin = AnswerWithin };
        var count = heartbeat.Renewals.Length + heartbeat.Waits.Length;
        var reply = count == 0
            ? new HeartbeatReply()
            : await call.CommandAsync(() => call.Services.Grains.GetGrain<IHeartbeatGrain>(Random.Shared.Next(Senders)).BeatAsync(heartbeat));
        return (Spread(renewals, reply.Renewals), Spread(waits, reply.Waits));
    }

    private static ImmutableArray<Beat> Allowed(List<Named> all) => [.. all.Where(static named => named.IsAllowed).Select(static named => named.Beat)];

    private static T[] Spread<T>(List<Named> all, ImmutableArray<T> replies)
        where T : new()
    {
        var next = 0;
        return [.. all.Select(named => named.IsAllowed ? replies[next++] : new T())];
    }

    private static string NameOf(RenewStatus status) => status switch
    {
        RenewStatus.Renewed => "renewed",
        RenewStatus.NotHeld => "not-held",
        _ => Problem.OutcomeUnknown.Code,
    };

    private static string NameOf(BeatStatus status) => status switch
    {
        BeatStatus.Waits => "waits",
        BeatStatus.CallAgain => "call-again",
        _ => Problem.OutcomeUnknown.Code,
    };

    private readonly record struct Named(Beat Beat, bool IsAllowed);
}
