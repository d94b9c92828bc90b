using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;

namespace LockGrains.AspNetCore.Calls;

/// <summary>
/// A pass that looks for records of locks that nobody uses any more. It takes nothing from anybody, but reads all of the storage, so it is what an
/// operator may. It counts locks of any key, so both calls need the rule for all of them.
/// </summary>
internal static class TidyCalls
{
    /// <summary>Begins a pass, or asks for one more after the one that is under way.</summary>
    public static async Task<Reply> StartAsync(ApiCall call)
    {
        call.AuthorizePrefix(AccessVerb.Revoke, "");
        QueryReader.ReadNothing(call.Context.Request);
        var body = await BodyReader.ReadAsync(call.Context.Request, BodyReader.BytesMax, call.Gone);
        body.End();
        return ToReply(await call.CommandAsync(() => BeginAsync(call.Services.Grains.GetGrain<ITidyGrain>(0))));
    }

    /// <summary>Tells of the pass that is under way, or of the last one.</summary>
    public static async Task<Reply> GetAsync(ApiCall call)
    {
        call.AuthorizePrefix(AccessVerb.Read, "");
        QueryReader.ReadNothing(call.Context.Request);
        return ToReply(await call.QueryAsync(() => call.Services.Grains.GetGrain<ITidyGrain>(0).GetReportAsync()));
    }

    private static async ValueTask<TidyReport> BeginAsync(ITidyGrain tidy)
    {
        await tidy.StartAsync();
        return await tidy.GetReportAsync();
    }

    private static Reply ToReply(TidyReport report) => Reply.Of(
        new TidyJson(
            report.Passes, report.IsRunning, report.Records, report.InUse, report.LeftBehind, report.Unreadable, report.Elapsed.TotalSeconds, report.ForgetAfter.TotalSeconds, report.Problem),
        static text => text.TidyJson);
}
