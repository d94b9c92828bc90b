using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Calls;

/// <summary>
/// A page of the live locks that the access key may read. Neither the page nor where the next one begins tells of any other: <c>next</c> is a key of the
/// page, and there only if another readable lock follows.
/// </summary>
internal static class ListCall
{
    private static readonly TimeSpan SiloTimeoutMax = TimeSpan.FromSeconds(2);

    /// <summary>How long a silo may take: half of what a call may, so that the others' locks come in time.</summary>
    public static TimeSpan GetSiloTimeout(LockGrainsHttpOptions options) => options.CallTimeout / 2 < SiloTimeoutMax ? options.CallTimeout / 2 : SiloTimeoutMax;

    public static async Task<Reply> GetLocksAsync(ApiCall call)
    {
        call.Identify();
        var request = QueryReader.ReadList(call.Context.Request);
        call.AuthorizePrefix(AccessVerb.Read, request.Prefix);
        var (lists, who) = (call.Services.Lists, call.Who);
        if (!lists.TryEnter(who))
            throw new ProblemException(Problem.TooManyLists.With($"The most lists at a time are {lists.Text}."));
        try
        {
            return await FindAsync(call, request);
        }
        finally
        {
            lists.Leave(who);
        }
    }

    private static async Task<Reply> FindAsync(ApiCall call, LockListRequest request)
    {
        var limit = request.Limit;

        // One more tells whether there is another page.
        request = request with { Limit = Math.Min(limit + 1, LockListRequest.LimitMax), SiloTimeout = GetSiloTimeout(call.Services.Options) };
        var began = call.Services.Time.GetTimestamp();
        List<LockSummary> found = [];
        while (true)
        {
            var page = await call.QueryAsync(() => call.Services.Grains.GetLockCensus().ListAsync(request));
            var isAllowed = call.MakeFilter(AccessVerb.Read);
            found.AddRange(page.Locks.Where(one => isAllowed(one.Key)).Take(limit + 1 - found.Count));
            if (found.Count > limit || page.Next is null)
                return Read(found, limit, page.SilosMissing);

            // So many locks that it may not read are in between that no page comes of it in time. That is no reason to tell of them.
            if (call.Services.Time.GetElapsedTime(began) >= call.Services.Options.CallTimeout)
                throw new ProblemException(call.Unavailable());
            request = request with { After = page.Next, Limit = LockListRequest.LimitMax, SilosMissing = page.SilosMissing };
        }
    }

    private static Reply Read(List<LockSummary> found, int limit, IEnumerable<string> silosMissing)
    {
        var next = found.Count > limit ? found[limit - 1].Key : null;
        return Reply.Of(new LockPageJson(found.Take(limit).Select(ListReport.Of), next, silosMissing), static text => text.LockPageJson);
    }
}
