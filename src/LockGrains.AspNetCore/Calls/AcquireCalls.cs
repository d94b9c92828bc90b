using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;
using LockGrains.AspNetCore.Waiting;
using LockGrains.Core;
using Microsoft.AspNetCore.Http;

namespace LockGrains.AspNetCore.Calls;

/// <summary>The calls that wait: to acquire a lock, and to make a hold exclusive.</summary>
internal static class AcquireCalls
{
    /// <summary>The longest that a connection is held. Proxies cut one that is silent for 60 s.</summary>
    public static readonly TimeSpan PollMax = TimeSpan.FromSeconds(50);

    private static readonly TimeSpan PollDefault = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LeaseDefault = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UpgradeWaitDefault = TimeSpan.FromSeconds(30);

    public static async Task<Reply> AcquireAsync(ApiCall call)
    {
        var body = await call.ReadAsync(AccessVerb.Acquire);
        var request = new AcquireRequest
        {
            LeaseId = body.LeaseId(),
            OwnerId = body.Text("owner"),
            Lease = body.Seconds("leaseSeconds", LeaseDefault),
            Renews = body.Flag("renews", false),
            Mode = body.Mode("mode", LockMode.Exclusive),
            Permits = body.Whole("permits", 1),
            Limit = body.WholeOrNull("limit"),
            LockDelay = body.Seconds("lockDelaySeconds", TimeSpan.Zero),
            Value = body.Value("value"),
            SessionId = body.TextOrNull("session"),
            SessionToken = body.Long("sessionToken", 0),
        };
        var wait = body.SecondsOrForEver("waitSeconds", TimeSpan.Zero);
        var poll = body.SecondsWithin("pollSeconds", PollDefault, PollMax);
        body.End();
        if (request.OwnerId.Length == 0)
            throw Problem.InvalidMember("owner", "owner must not be empty: it is what others are shown.");

        var guest = wait == TimeSpan.Zero ? null : call.Services.Room.Enter(call.Key!, request.LeaseId, call.Who);
        return wait == TimeSpan.Zero || guest is not null
            ? await WaitAsync(call, request, guest, wait, poll)
            : await AskAsync(call, request, wait);
    }

    private static async Task<Reply> WaitAsync(ApiCall call, AcquireRequest request, WaitRoom.Guest? guest, TimeSpan wait, TimeSpan poll)
    {
        // Whoever nobody can tell of may wait, too.
        var comesBack = true;
        try
        {
            var reply = await PollAsync(call, MakePoll(call, request), wait, poll);
            comesBack = reply.Status is AcquireStatus.Queued or AcquireStatus.Unknown;
            return Read(call, reply, poll);
        }
        catch (ProblemException)
        {
            comesBack = false;
            throw;
        }
        finally
        {
            if (guest is not null)
                call.Services.Room.Leave(guest, comesBack);
        }
    }

    /// <summary>
    /// There is no room. Only the lock knows whether the request is new: its grant may have been lost, or it may wait through another host. So it is
    /// asked, at once and with the whole wait: a wait of 0 would end one that waits.
    /// </summary>
    private static async Task<Reply> AskAsync(ApiCall call, AcquireRequest request, TimeSpan wait)
    {
        var reply = await PollAsync(call, MakePoll(call, request with { NoNewPlace = true }), wait, TimeSpan.Zero);
        return reply is { Status: AcquireStatus.Denied, Reason: DenyReason.Busy }
            ? Reply.Of(Problem.TooManyWaiting.With($"The most that wait through this host are {call.Services.Room.Text}. Nothing was done.") with { Key = call.Key })
            : Read(call, reply, TimeSpan.Zero);
    }

    private static LongPoll MakePoll(ApiCall call, AcquireRequest request)
    {
        var grain = call.GetLock(call.Key!);
        return new LongPoll(call, request.LeaseId, (left, slice, beats, end) =>
            grain.AcquireAsync(request with { Wait = left, Slice = slice, BeatPeriod = beats }, end));
    }

    /// <summary>One hold is upgraded at a time, and its holder is known: there is room for it always.</summary>
    public static async Task<Reply> UpgradeAsync(ApiCall call)
    {
        var body = await call.ReadAsync(AccessVerb.Acquire);
        var request = new UpgradeRequest { LeaseId = body.LeaseId(), Change = body.Whole("change") };
        var wait = body.Seconds("waitSeconds", UpgradeWaitDefault);
        var poll = body.SecondsWithin("pollSeconds", PollDefault, PollMax);
        body.End();

        var grain = call.GetLock(call.Key!);
        var waiting = new LongPoll(call, request.LeaseId, (left, slice, beats, end) =>
            grain.UpgradeAsync(request with { Wait = left, Slice = slice, BeatPeriod = beats }, end));
        return Read(call, await PollAsync(call, waiting, wait, poll), poll);
    }

    private static async Task<AcquireReply> PollAsync(ApiCall call, LongPoll waiting, TimeSpan wait, TimeSpan poll)
    {
        try
        {
            return await waiting.RunAsync(wait, poll, call.Gone);
        }
        catch (Exception exception) when (exception is not ProblemException && !call.Gone.IsCancellationRequested)
        {
            HttpLog.CallFailed(call.Services.Logger, call.Context.Request.Path, exception);
            return new AcquireReply { Status = AcquireStatus.Unknown };
        }
    }

    private static Reply Read(ApiCall call, AcquireReply reply, TimeSpan poll)
    {
        var key = call.Key!;
        switch (reply.Status)
        {
            case AcquireStatus.Granted:
                var granted = new GrantedJson(
                    "granted", key, reply.FencingToken, reply.ValidFor.TotalSeconds, reply.Lease.TotalSeconds, reply.PermitNumbers.IsDefault ? [] : reply.PermitNumbers, reply.ValueVersion);
                return Reply.Of(granted, static text => text.GrantedJson);
            case AcquireStatus.Queued:
                // Who polls with the connection held asks again at once. Who does not would ask again and again.
                var keep = call.Services.KeepPlace;
                var next = poll == TimeSpan.Zero ? keep / 3 : TimeSpan.Zero;
                var queued = new QueuedJson(
                    "queued", key, reply.Place, reply.QueueLength, reply.Estimate?.TotalSeconds, next.TotalSeconds, keep.TotalSeconds);
                return Reply.Of(queued, static text => text.QueuedJson, StatusCodes.Status202Accepted);
            case AcquireStatus.Denied:
                return Reply.Of(ProblemOf(reply) with { Key = key });
            default:
                return Reply.Of(Problem.Unknown(key));
        }
    }

    /// <summary>Why a request was denied.</summary>
    internal static ProblemJson ProblemOf(AcquireReply reply) => reply.Reason switch
    {
        DenyReason.Busy => Problem.Busy.With("The request would not wait. Nothing was done.") with { QueueLength = reply.QueueLength },
        DenyReason.TimedOut => Problem.TimedOut.With("The request is over. To go on waiting, make a new one, with a new leaseId.") with { QueueLength = reply.QueueLength },
        DenyReason.QueueFull => Problem.QueueFull.With("Nothing was done.") with { QueueLength = reply.QueueLength },
        DenyReason.Ended => Problem.Ended.With("It was released, cancelled, revoked, or not renewed or repeated in time. Make a new one, with a new leaseId."),
        DenyReason.SessionEnded => Problem.SessionEnded.With("It was closed, revoked, or not renewed in time. Open a new one."),
        DenyReason.NotHeld => Problem.NotHeld.With("The hold that was to be upgraded is over."),
        DenyReason.Limit => Problem.OverLimit.With(MemberNames.InWords(reply.Detail)),
        _ when LockPolicy.IsProblemOfRepeat(reply.Detail) => Problem.OtherRequest.With(MemberNames.InWords(reply.Detail)),
        _ => HoldCalls.Refused(reply.Detail),
    };
}
