using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Input;

/// <summary>What is wrong with a request is named, and nothing is done.</summary>
[Collection(SharedHost.Name)]
public sealed class BadRequestTests(SharedHost shared)
{
    private const int BodyMax = 16 * 1024;

    private ApiClient Api => shared.Api;

    /// <summary>A member, what it is set to as JSON, and the member that the reply names.</summary>
    public static TheoryData<string, string, string> Members => new()
    {
        { "leaseId", "\"00000000-0000-0000-0000-000000000000\"", "leaseId" },
        { "leaseId", "\"{0f8fad5b-d9cb-469f-a165-70867728950e}\"", "leaseId" },
        { "leaseId", "null", "leaseId" },
        { "leaseId", "7", "leaseId" },
        { "owner", "null", "owner" },
        { "owner", "\"\"", "owner" },
        { "owner", "\"\\udc00\"", "owner" },
        { "owner", $"\"{new string('o', 129)}\"", "owner" },
        { "waitSecond", "5", "waitSecond" },
        { "Key", "\"x\"", "Key" },
        { "waitSeconds", "\"5\"", "waitSeconds" },
        { "waitSeconds", "-1", "waitSeconds" },
        { "waitSeconds", "1e400", "waitSeconds" },
        { "waitSeconds", "true", "waitSeconds" },
        { "pollSeconds", "51", "pollSeconds" },
        { "pollSeconds", "null", "pollSeconds" },
        { "leaseSeconds", "0", "leaseSeconds" },
        { "leaseSeconds", "90000", "leaseSeconds" },
        { "leaseSeconds", "[]", "leaseSeconds" },
        { "renews", "1", "renews" },
        { "renews", "\"true\"", "renews" },
        { "mode", "\"Exclusive\"", "mode" },
        { "mode", "1", "mode" },
        { "permits", "0", "permits" },
        { "permits", "1.5", "permits" },
        { "permits", "2147483648", "permits" },
        { "permits", "2", "permits" },
        { "limit", "0", "limit" },
        { "lockDelaySeconds", "61", "lockDelaySeconds" },
        { "value", "\"text\"", "value" },
        { "value", "{}", "value" },
        { "value", "{\"text\":\"a\",\"base64\":\"YQ==\"}", "value" },
        { "value", "{\"base64\":\"?\"}", "value.base64" },
        { "value", "{\"text\":\"a\",\"more\":1}", "value.more" },
        { "value", "{\"text\":\"a\",\"keepForSeconds\":0}", "value.keepForSeconds" },
        { "value", $"{{\"text\":\"{new string('v', 1025)}\"}}", "value" },
    };

    public static TheoryData<string> NotJson =>
    [
        "", "{", "null", "[]", "\"key\"", "{\"key\":\"a\",\"key\":\"b\"}", "{key:1}", "{\"key\":\"a\"} {}", "{\"key\":NaN}", "\uFEFF{}", "{\"key\":\"a\",}", "// a\n{}",
        new string('[', 200), "{\"\\ud800\":1}",
    ];

    [Theory]
    [MemberData(nameof(Members))]
    public async Task Acquire_WrongMember_IsNamed(string member, string json, string named)
    {
        var key = ApiClient.NewKey("wrong");
        var request = ApiClient.Request(key);
        request[member] = 0;
        var body = JsonNode.Parse(request.ToJsonString())!.AsObject();
        body.Remove(member);
        var text = $"{body.ToJsonString().TrimEnd('}')},\"{member}\":{json}}}";

        var reply = (await Api.PostTextAsync("/acquire", text)).ExpectProblem(HttpStatusCode.BadRequest, "invalid");

        Assert.Equal(named, reply.TextOf("member"));
        Assert.StartsWith(named == "Key" || named.EndsWith("more", StringComparison.Ordinal) || named == "waitSecond" ? "There is no member" : named, reply.TextOf("detail"), StringComparison.Ordinal);
        Assert.Equal(0, (await Api.GetAsync("/lock", key)).WholeOf("holderCount"));
    }

    [Theory]
    [InlineData("key")]
    [InlineData("leaseId")]
    [InlineData("owner")]
    public async Task Acquire_WithoutAMember_NamesIt(string member)
    {
        var request = ApiClient.Request(ApiClient.NewKey("missing"));
        request.Remove(member);

        var reply = (await Api.PostAsync("/acquire", request)).ExpectProblem(HttpStatusCode.BadRequest, "invalid");

        Assert.Equal((member, $"{member} is missing."), (reply.TextOf("member"), reply.TextOf("detail")));
    }

    [Theory]
    [MemberData(nameof(NotJson))]
    public async Task Body_ThatIsNoObject_IsRefused(string body) =>
        (await Api.PostTextAsync("/acquire", body)).ExpectProblem(HttpStatusCode.BadRequest, "invalid");

    [Fact]
    public async Task Body_TooLarge_IsRefusedWithAndWithoutItsLength()
    {
        var request = ApiClient.Request("large").ToJsonString();
        var fits = request.PadRight(BodyMax);

        (await Api.PostTextAsync("/acquire", fits)).Expect(HttpStatusCode.OK);
        (await Api.PostTextAsync("/acquire", $"{fits} ")).ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "too-large");
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/v1/acquire") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes($"{fits} ")) };
        chunked.Content.Headers.ContentType = new("application/json");
        chunked.Headers.TransferEncodingChunked = true;
        (await Api.SendAsync(chunked, CancellationToken.None)).ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "too-large");
        (await Api.PostTextAsync("/beat", new string(' ', (256 * 1024) + 1))).ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "too-large");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task ContentType_NotJson_IsRefused(string? contentType) =>
        (await Api.PostBytesAsync("/acquire", Encoding.UTF8.GetBytes(ApiClient.Request("type").ToJsonString()), contentType))
            .ExpectProblem(HttpStatusCode.UnsupportedMediaType, "not-json");

    [Fact]
    public async Task Query_OfACommand_IsRefusedAndNotRepeated()
    {
        var leaseId = Guid.NewGuid().ToString();

        var reply = (await Api.PostAsync($"/renew?leaseId={leaseId}", ApiClient.HoldOf(ApiClient.Request("query")))).ExpectProblem(HttpStatusCode.BadRequest, "invalid");

        Assert.DoesNotContain(leaseId, reply.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/lock")]
    [InlineData("/v1/lock?key=a&key=b")]
    [InlineData("/v1/lock?key=a&leaseId=b")]
    [InlineData("/v1/value?name=a")]
    [InlineData("/v1/watch?key=")]
    [InlineData("/v1/watch")]
    [InlineData("/v1/watch?key=a&prefix=a")]
    [InlineData("/v1/watch?prefix=a&prefix=b")]
    [InlineData("/v1/watch?prefix=%0A")]
    [InlineData("/v1?key=a")]
    public async Task Query_OfARead_IsOneKey(string path) => (await Api.GetAsync(path)).ExpectProblem(HttpStatusCode.BadRequest, "invalid");

    [Theory]
    [InlineData("?prefix=%00", "prefix")]
    [InlineData("?prefix=a&prefix=b", "prefix")]
    [InlineData("?state=Held", "state")]
    [InlineData("?state=", "state")]
    [InlineData("?after=", "after")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=5001", "limit")]
    [InlineData("?limit=-1", "limit")]
    [InlineData("?limit=1.5", "limit")]
    [InlineData("?limit=99999999999", "limit")]
    [InlineData("?key=a", "query")]
    public async Task Query_OfAList_Wrong_IsNamed(string query, string named) =>
        Assert.Equal(named, (await Api.GetAsync($"/v1/locks{query}")).ExpectProblem(HttpStatusCode.BadRequest, "invalid").TextOf("member"));

    [Theory]
    [InlineData("/v1/lockz")]
    [InlineData("/v1/acquire/a/b")]
    [InlineData("/v1/a%2Fb")]
    public async Task Path_Unknown_IsNotFound(string path) => (await Api.GetAsync(path)).ExpectProblem(HttpStatusCode.NotFound, "not-found");

    [Theory]
    [InlineData("GET", "/v1/acquire", "POST")]
    [InlineData("DELETE", "/v1/value", "GET, POST")]
    [InlineData("PUT", "/v1/lock", "GET")]
    public async Task Method_Wrong_IsRefusedWithTheRightOnes(string method, string path, string allow)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await shared.Host.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allow.Split(", "), response.Content.Headers.Allow.Order());
        Assert.Contains("method-not-allowed", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
