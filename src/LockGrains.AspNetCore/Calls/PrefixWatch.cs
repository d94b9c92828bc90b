using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Calls;

/// <summary>
/// The live locks of a prefix as events: all there are, and then those that have changed or are gone. It compares lists, as the client does, so
/// nothing is kept for who reads slowly. Locks that the access key may not read are taken out of each list before that.
/// </summary>
internal sealed class PrefixWatch(ApiCall call, EventStream stream, string prefix)
{
    // One write has no more: the first update may have very many.
    private const int EventsOfAWrite = 100;

    private readonly ListWatchProtocol _protocol = new(prefix, new ListWatchSettings
    {
        AttemptTimeout = call.Services.Options.CallTimeout,
        SiloTimeout = ListCall.GetSiloTimeout(call.Services.Options),
        UnavailableTimeout = call.Services.Options.CallTimeout * 2,
        Backoff = new RetryBackoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1)),
    });

    public async Task RunAsync()
    {
        await stream.OpenAsync();
        var step = _protocol.Next(stream.Now);
        while (true)
        {
            switch (step.Action)
            {
                case WatchAction.Call:
                    step = await CallAsync(step);
                    break;
                case WatchAction.Pause:
                    await stream.PauseAsync(step.Time);
                    step = _protocol.OnPaused(stream.Now);
                    break;
                default:
                    await WriteAsync(step.Update!);
                    step = _protocol.Next(stream.Now);
                    break;
            }
        }
    }

    private async Task<ListWatchStep> CallAsync(ListWatchStep step)
    {
        Task<LockListPage>? reply = null;
        try
        {
            reply = call.Services.Grains.GetLockCensus().ListAsync(step.Request!, CancellationToken.None).AsTask();
            var page = await stream.PingWhileAsync(reply, step.Time);
            var isAllowed = call.MakeFilter(AccessVerb.Read);
            return _protocol.OnPage(page with { Locks = page.Locks.RemoveAll(one => !isAllowed(one.Key)) }, stream.Now);
        }
        catch (Exception exception) when (exception is not ProblemException && !stream.End.IsCancellationRequested)
        {
            HttpLog.CallFailed(call.Services.Logger, call.Context.Request.Path, exception);
            return _protocol.OnUnknown("The locks cannot be listed just now.", stream.Now, Random.Shared.NextDouble());
        }
        finally
        {
            reply?.Ignore();
        }
    }

    private async Task WriteAsync(LockListUpdate update)
    {
        foreach (var some in ListReport.Of(update, call.Services.Time.GetUtcNow()).Chunk(EventsOfAWrite))
            await stream.WriteAsync([.. some.SelectMany(static one => EventStream.StateOf(Reply.ToBytes(one, static text => text.WatchPrefixJson)))]);
    }
}
