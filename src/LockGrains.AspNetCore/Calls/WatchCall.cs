using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;

namespace LockGrains.AspNetCore.Calls;

/// <summary>Opens a stream of events, about one lock or about all of a prefix.</summary>
internal static class WatchCall
{
    public static async Task RunAsync(ApiCall call)
    {
        call.Identify();
        var (key, prefix) = QueryReader.ReadKeyOrPrefix(call.Context.Request);
        if (key is not null)
            call.AuthorizeKey(AccessVerb.Read, key);
        else
            call.AuthorizePrefix(AccessVerb.Read, prefix!);
        var streams = call.Services.Streams;
        var who = call.Who;
        if (!streams.TryEnter(who))
            throw new ProblemException(Problem.TooManyStreams.With($"The most event streams of this host are {streams.Text}.") with { Key = key });
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(call.Gone, call.Services.Stopping);
            var stream = new EventStream(call, (key ?? prefix)!, end.Token);
            await (key is not null ? new LockWatch(call, stream).RunAsync() : new PrefixWatch(call, stream, prefix!).RunAsync());
        }
        catch (OperationCanceledException) when (call.Services.Stopping.IsCancellationRequested)
        {
            // The stream ends; its client opens one elsewhere.
        }
        finally
        {
            streams.Leave(who);
        }
    }
}
