using System.Collections.Concurrent;
using System.Text.Json;
using LockGrains.Client.Http.Tests.Harness;

namespace LockGrains.Client.Http.Tests;

/// <summary>Heartbeats: many leases in one message, each with its own reply.</summary>
public sealed class BeatTests : IDisposable
{
    private readonly FakeServers _servers = new();
    private readonly HttpTransport _transport;

    public BeatTests() => _transport = _servers.Connect("a");

    public void Dispose()
    {
        _transport.Dispose();
        _servers.Dispose();
    }

    [Fact]
    public async Task Beat_EachOutcome_IsWhatItSays()
    {
        _servers.On("a", static _ => FakeServers.Json("""
            {"renewals":[{"outcome":"renewed","key":"a","validForSeconds":30,"waiting":1,"end":null},{"outcome":"not-held","key":"b","end":"expired"},
               {"outcome":"outcome-unknown","key":"c"},{"outcome":"forbidden","key":"d"},{"outcome":"renewed","key":"e"}],
             "waits":[{"outcome":"waits","key":"f","place":2,"queueLength":3,"estimateSeconds":4},{"outcome":"call-again","key":"g"},{"outcome":"outcome-unknown","key":"h"}]}
            """));

        var reply = await _transport.BeatAsync(new Heartbeat { Renewals = [.. "abcde".Select(Of)], Waits = [.. "fgh".Select(Of)] });

        Assert.Equal(
            [RenewStatus.Renewed, RenewStatus.NotHeld, RenewStatus.Unknown, RenewStatus.Unknown, RenewStatus.Unknown], reply.Renewals.Select(static one => one.Status));
        Assert.Equal((TimeSpan.FromSeconds(30), EndReason.Expired), (reply.Renewals[0].ValidFor, reply.Renewals[1].End));
        Assert.Equal([BeatStatus.Waits, BeatStatus.CallAgain, BeatStatus.Unknown], reply.Waits.Select(static one => one.Status));
        Assert.Equal((2, 3, TimeSpan.FromSeconds(4)), (reply.Waits[0].Place, reply.Waits[0].QueueLength, reply.Waits[0].Estimate));
    }

    [Theory]
    [InlineData("""{"renewals":[{"outcome":"renewed","key":"b","validForSeconds":30},{"outcome":"not-held","key":"a"}],"waits":[]}""")]
    [InlineData("""{"renewals":[{"outcome":"renewed","key":"a","validForSeconds":30}],"waits":[]}""")]
    [InlineData("""{"renewals":[],"waits":[]}""")]
    public async Task Beat_RepliesThatAreNotThoseOfItsLeases_SayNothingOfAny(string json)
    {
        _servers.On("a", _ => FakeServers.Json(json));

        await Assert.ThrowsAsync<IOException>(async () => await _transport.BeatAsync(new Heartbeat { Renewals = [.. "ab".Select(Of)] }));
    }

    [Fact]
    public async Task Beat_KeysThatMakeItTooLong_GoesInTwoMessages_InOrder()
    {
        _servers.On("a", static sent =>
        {
            var keys = JsonDocument.Parse(sent.Body).RootElement.GetProperty("renewals").EnumerateArray().Select(static one => one.GetProperty("key").GetString());
            var renewals = keys.Select(static key => $$"""{"outcome":"renewed","key":{{JsonSerializer.Serialize(key)}},"validForSeconds":{{key!.Length}}}""");
            return FakeServers.Json($$"""{"renewals":[{{string.Join(',', renewals)}}],"waits":[]}""");
        });

        // Each character is escaped, and so twice as long.
        var beats = Enumerable.Range(0, Heartbeat.BeatsMax).Select(static index => new Beat { Key = new string('"', 512 - (index % 7)), LeaseId = Guid.NewGuid() }).ToList();
        var reply = await _transport.BeatAsync(new Heartbeat { Renewals = [.. beats] });

        Assert.Equal(2, _servers.Sent.Count);
        Assert.All(_servers.Sent, static sent => Assert.InRange(sent.Body.Length, 1, 256 * 1024));
        Assert.Equal(beats.Select(static beat => TimeSpan.FromSeconds(beat.Key.Length)), reply.Renewals.Select(static one => one.ValidFor));
    }

    [Fact]
    public async Task Beat_KeysBeyondAscii_ArriveAsTheyAre()
    {
        _servers.On("a", static _ => FakeServers.Json("""{"renewals":[],"waits":[{"outcome":"waits","key":"é🔒"}]}"""));

        await _transport.GetLock("é🔒").BeatAsync([Guid.NewGuid()], CancellationToken.None);

        Assert.Equal("é🔒", JsonDocument.Parse(_servers.Sent[0].Body).RootElement.GetProperty("waits")[0].GetProperty("key").GetString());
        Assert.Contains("é", _servers.Sent[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewals_OfManyHolds_AreOneRequest()
    {
        const int Holds = 50;
        _servers.On("a", Serve);
        var (time, post) = (new ManualTimeProvider(), new GatheredPost(_transport));
        await using var client = new LockClient(_transport, new LockClientOptions(), time, nextJitter: static () => 0, renewals: post);
        var handles = new List<LockHandle>();
        for (var index = 0; index < Holds; index++)
            handles.Add(await client.AcquireAsync($"k{index}"));

        time.Advance(TimeSpan.FromSeconds(15));
        post.Run();

        var beat = Assert.Single(_servers.Sent, static sent => sent.PathAndQuery != "/v1/acquire");
        Assert.Equal("/v1/beat", beat.PathAndQuery);
        Assert.Equal(Holds, JsonDocument.Parse(beat.Body).RootElement.GetProperty("renewals").GetArrayLength());
        Assert.All(handles, static handle => handle.ThrowIfLost());
    }

    private static HttpResponseMessage Serve(SentRequest sent)
    {
        var body = JsonDocument.Parse(sent.Body).RootElement;
        return FakeServers.Json(sent.PathAndQuery == "/v1/beat"
            ? $$"""{"renewals":[{{string.Join(',', body.GetProperty("renewals").EnumerateArray().Select(static one => RenewedOf(one.GetProperty("key"))))}}],"waits":[]}"""
            : $$"""{"outcome":"granted","key":"{{body.GetProperty("key")}}","fencingToken":7,"validForSeconds":30,"leaseSeconds":30,"permitNumbers":[],"valueVersion":0}""");
    }

    private static string RenewedOf(JsonElement key) => $$"""{"outcome":"renewed","key":"{{key}}","validForSeconds":30,"waiting":0,"end":null}""";

    private static Beat Of(char key) => new() { Key = key.ToString(), LeaseId = Guid.NewGuid() };

    /// <summary>Sends what was put off when the test says so, so that all that is due has been gathered.</summary>
    private sealed class GatheredPost(HttpTransport transport) : IRenewalPost
    {
        private readonly ConcurrentQueue<Action> _later = new();

        public void Later(Action action) => _later.Enqueue(action);

        public ValueTask<HeartbeatReply> SendAsync(Heartbeat heartbeat) => transport.BeatAsync(heartbeat);

        public void Run()
        {
            while (_later.TryDequeue(out var action))
                action();
        }
    }
}
