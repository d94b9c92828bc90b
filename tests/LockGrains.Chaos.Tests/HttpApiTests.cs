using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace LockGrains.Chaos.Tests;

public sealed class HttpApiTests : IDisposable
{
    private const string Granted = """{ "fencingToken": 7, "validForSeconds": 2.5 }""";

    private readonly Servers _servers = new();
    private readonly HttpClient _http;
    private readonly HttpApi _api;

    public HttpApiTests()
    {
        _http = new HttpClient(_servers);
        _api = new HttpApi(_http, [new Uri("http://a/v1/"), new Uri("http://b/v1/")], new Random(1)) { PauseMax = TimeSpan.Zero };
    }

    public void Dispose()
    {
        _http.Dispose();
        _servers.Dispose();
    }

    [Fact]
    public async Task Repeat_UntilSomebodyCanSay_SendsTheSameLease()
    {
        _servers.Replies.Enqueue(() => throw new HttpRequestException("reset"));
        _servers.Replies.Enqueue(() => Reply(HttpStatusCode.ServiceUnavailable, """{ "code": "outcome-unknown" }"""));
        _servers.Replies.Enqueue(() => Reply(HttpStatusCode.BadGateway, "<html>"));
        _servers.Replies.Enqueue(() => Reply(HttpStatusCode.OK, Granted));
        var hold = new HttpHold("k", Guid.NewGuid(), 1);

        var reply = await _api.RepeatAsync("acquire", () => hold.Body(("owner", "me")), TimeSpan.Zero, long.MaxValue, CancellationToken.None);

        Assert.Equal(7, reply!.FencingToken);
        Assert.Equal(2_500_000_000, reply.Until - reply.SentAt);
        Assert.Equal(4, _servers.Bodies.Count);
        Assert.Single(_servers.Bodies.Select(body => body["leaseId"]!.GetValue<string>()).Distinct());
    }

    [Fact]
    public async Task Repeat_WhenNobodyCanSayInTime_HasNoReply()
    {
        _servers.Replies.Enqueue(() => Reply(HttpStatusCode.ServiceUnavailable, "{}"));

        Assert.Null(await _api.RepeatAsync("renew", () => [], TimeSpan.Zero, until: 0, CancellationToken.None));
    }

    [Theory]
    [InlineData(HttpStatusCode.Locked, true)]
    [InlineData(HttpStatusCode.Conflict, true)]
    [InlineData(HttpStatusCode.Unauthorized, false)]
    [InlineData(HttpStatusCode.BadRequest, false)]
    public async Task Reply_ThatIsKnown_IsNotRepeated(HttpStatusCode status, bool isRefusal)
    {
        _servers.Replies.Enqueue(() => Reply(status, """{ "code": "why" }"""));

        var reply = await _api.RepeatAsync("acquire", () => [], TimeSpan.Zero, long.MaxValue, CancellationToken.None);

        Assert.Equal((isRefusal, "why"), (reply!.IsRefusal, reply.Code));
    }

    private static HttpResponseMessage Reply(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    private sealed class Servers : HttpMessageHandler
    {
        public Queue<Func<HttpResponseMessage>> Replies { get; } = [];

        public List<JsonNode> Bodies { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Bodies.Add(JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!);
            return Replies.Dequeue()();
        }
    }
}
