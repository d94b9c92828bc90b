using System.Net;
using LockGrains.Cli.Connecting;

namespace LockGrains.Cli.Tests.Connecting;

/// <summary>The operator's key goes out only when a server has refused what has none.</summary>
public sealed class OperatorKeyHandlerTests : IDisposable
{
    private readonly Door _door = new();
    private readonly HttpMessageInvoker _invoker;

    public OperatorKeyHandlerTests() => _invoker = new HttpMessageInvoker(new OperatorKeyHandler("lg_operator", _door));

    public void Dispose() => _invoker.Dispose();

    [Fact]
    public async Task Send_NotRefused_HasNoKey()
    {
        _door.Needs = null;
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        Assert.Equal([null], _door.Seen);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    public async Task Send_Refused_IsSentAgainWithTheKey_AndThenAlways(HttpStatusCode refusal)
    {
        (_door.Needs, _door.Refusal) = ("lg_operator", refusal);
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        Assert.Equal([null, "lg_operator", "lg_operator"], _door.Seen);
        Assert.All(_door.Bodies, body => Assert.Equal("{}", body));
    }

    [Fact]
    public async Task Send_KeyOfAnotherSilo_SaysWhatWasSaidWithoutIt()
    {
        (_door.Needs, _door.Refusal) = ("lg_another", HttpStatusCode.Forbidden);
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync());
        _door.Needs = null;
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        Assert.Equal([null, "lg_operator", null], _door.Seen);
    }

    [Fact]
    public async Task Send_AcceptedByOneServer_IsNotSentToAnotherThatHasNotRefused()
    {
        _door.Needs = "lg_operator";
        Assert.Equal(HttpStatusCode.OK, await SendAsync());
        _door.Needs = null;
        Assert.Equal(HttpStatusCode.OK, await SendAsync("http://127.0.0.1:9090"));
        Assert.Equal([null, "lg_operator", null], _door.Seen);
    }

    private async Task<HttpStatusCode> SendAsync(string server = "http://127.0.0.1:8080")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{server}/v1/acquire") { Content = new StringContent("{}") };
        using var response = await _invoker.SendAsync(request, CancellationToken.None);
        return response.StatusCode;
    }

    private sealed class Door : HttpMessageHandler
    {
        public string? Needs { get; set; }

        public HttpStatusCode Refusal { get; set; } = HttpStatusCode.Unauthorized;

        public List<string?> Seen { get; } = [];

        public List<string> Bodies { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Add(request.Headers.Authorization?.Parameter);
            Bodies.Add(await request.Content!.ReadAsStringAsync(cancellationToken));

            // A key that it does not know is refused in any case, as a silo does.
            var known = Needs is null ? Seen[^1] is null : Seen[^1] == Needs;
            return new HttpResponseMessage(known ? HttpStatusCode.OK : Seen[^1] is null ? Refusal : HttpStatusCode.Unauthorized);
        }
    }
}
