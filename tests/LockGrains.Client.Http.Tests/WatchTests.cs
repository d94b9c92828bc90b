using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using LockGrains.Client.Http.Tests.Harness;

namespace LockGrains.Client.Http.Tests;

/// <summary>Watching over a stream of events.</summary>
public sealed class WatchTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeServers _servers = new();
    private readonly HttpTransport _transport;
    private readonly IRemoteLock _lock;
    private Pipe _stream = new();

    public WatchTests()
    {
        _transport = _servers.Connect("a");
        _lock = _transport.GetLock("k");
        _servers.On("a", _ => Open(Volatile.Read(ref _stream), "aaaa"));
    }

    public async ValueTask DisposeAsync()
    {
        _transport.Dispose();
        await _stream.Writer.CompleteAsync();
        _servers.Dispose();
    }

    [Fact]
    public async Task Watch_FirstCall_HasThePresentState_AndTheNextOneTheNext()
    {
        await SendAsync(Event("k", 1));
        var first = await WatchAsync(cursor: null);
        var waits = WatchAsync(first.Cursor);
        Assert.False(waits.IsCompleted);
        await SendAsync("event: ping\ndata: {}\n\n");
        await SendAsync(Event("k", 2));
        var second = await waits;

        Assert.Equal((WatchStatus.Current, 1L), (first.Status, first.Info!.LastFencingToken));
        Assert.Equal((WatchStatus.Current, 2L), (second.Status, second.Info!.LastFencingToken));
        Assert.NotEqual(first.Cursor, second.Cursor);
        Assert.Equal("/v1/watch?key=k", Assert.Single(_servers.Sent).PathAndQuery);
    }

    [Fact]
    public async Task Watch_SliceIsOver_HasTheSameStateAndCursor()
    {
        await SendAsync(Event("k", 1));
        var first = await WatchAsync(cursor: null);

        var second = await WatchAsync(first.Cursor, TimeSpan.FromMilliseconds(1));

        Assert.Equal((first.Cursor, first.Info), (second.Cursor, second.Info));
    }

    [Fact]
    public async Task Watch_StreamEnds_IsUnknown_AndTheNextCallOpensAnother()
    {
        await SendAsync(Event("k", 1));
        var first = await WatchAsync(cursor: null);
        var old = Interlocked.Exchange(ref _stream, new Pipe());
        var waits = WatchAsync(first.Cursor);
        await old.Writer.CompleteAsync();
        var ended = await waits;
        await SendAsync(Event("k", 2));
        var again = await WatchAsync(first.Cursor);

        Assert.Equal(WatchStatus.Unknown, ended.Status);
        Assert.Equal(2, again.Info!.LastFencingToken);
    }

    [Fact]
    public async Task Watch_ServerCannotSay_IsUnknown()
    {
        await SendAsync("event: state\ndata: {\"at\":\"2030-01-01T00:00:00Z\",\"known\":false,\"detail\":\"not now\",\"status\":null}\n\n");

        var reply = await WatchAsync(cursor: null);

        Assert.Equal((WatchStatus.Unknown, "not now"), (reply.Status, reply.Detail));
    }

    [Theory]
    [InlineData("event: state\ndata: {\n\n")]
    [InlineData("event: state\ndata: null\n\n")]
    [InlineData("event: state\ndata: {\"at\":\"2030-01-01T00:00:00Z\",\"known\":true,\"detail\":null,\"status\":{}}\n\n")]
    public async Task Watch_EventThatIsNone_IsUnknown(string text)
    {
        await SendAsync(text);

        Assert.Equal(WatchStatus.Unknown, (await WatchAsync(cursor: null)).Status);
    }

    [Fact]
    public async Task Watch_EventOfAnotherKey_IsUnknown()
    {
        await SendAsync(Event("K", 1));

        Assert.Equal(WatchStatus.Unknown, (await WatchAsync(cursor: null)).Status);
    }

    [Fact]
    public async Task Watch_Refused_IsUnknown_AndSaysWhy()
    {
        _servers.On("a", static _ => FakeServers.Problem(429, "too-many-streams"));

        var reply = await WatchAsync(cursor: null);

        Assert.Equal(WatchStatus.Unknown, reply.Status);
        Assert.Contains("too-many-streams", reply.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_StreamOfAnotherStore_IsUnknown()
    {
        _servers.On("a", static _ => FakeServers.Json("""{"key":"k","value":null,"version":0}"""));
        await _lock.GetValueAsync(CancellationToken.None);
        _servers.On("a", _ => Open(_stream, "bbbb"));
        await SendAsync(Event("k", 1));

        Assert.Equal(WatchStatus.Unknown, (await WatchAsync(cursor: null)).Status);
    }

    private static string Event(string key, long token) =>
        $$$"""
        event: state
        data: {"at":"2030-01-01T00:00:00Z","known":true,"detail":null,"status":{"key":"{{{key}}}","held":false,"holder":null,"queueLength":0,"waiters":[],"lastFencingToken":{{{token}}},"holders":[],"holderCount":0,"permitsTaken":0,"upgrade":null,"why":null,"limit":null,"limitVersion":0,"value":null,"paceSeconds":null,"recent":[]}}


        """.ReplaceLineEndings("\n");

    private static HttpResponseMessage Open(Pipe pipe, string store)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(pipe.Reader.AsStream()) };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
        response.Headers.Add("LockGrains-Store", store);
        return response;
    }

    private async Task SendAsync(string text) => await _stream.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    private Task<WatchReply> WatchAsync(string? cursor, TimeSpan? slice = null) =>
        _lock.WatchAsync(new WatchRequest { Cursor = cursor, Slice = slice ?? Patience }, CancellationToken.None).AsTask().WaitAsync(Patience * 2);
}
