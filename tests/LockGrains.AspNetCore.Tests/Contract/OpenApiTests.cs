using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Tests.Harness;
using Microsoft.AspNetCore.Routing;

namespace LockGrains.AspNetCore.Tests.Contract;

/// <summary>
/// The description of the API is a file, and the API is as it says: the calls, the members of requests and replies, which must be there, and the
/// problems of each call.
/// </summary>
[Collection(SharedHost.Name)]
public sealed class OpenApiTests(SharedHost shared)
{
    private static readonly string File = Path.Combine(Repository.Root, "src", "LockGrains.AspNetCore", "OpenApi", "openapi.json");
    private static readonly JsonElement Document = Read();

    public static TheoryData<string> Posts =>
        [.. Document.GetProperty("paths").EnumerateObject().Where(path => path.Value.TryGetProperty("post", out _)).Select(path => path.Name["/v1".Length..])];

    [Fact]
    public async Task Document_Served_IsTheFile() =>
        Assert.Equal(await System.IO.File.ReadAllTextAsync(File), (await shared.Api.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK).Text);

    [Fact]
    public void Calls_OfTheDocument_AreThoseOfTheHost()
    {
        var described = Document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(call => $"{call.Name} {path.Name}"));
#pragma warning disable CA1308 // OpenAPI writes methods so.
        var mapped = shared.Host.Endpoints
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Select(method => $"{method.ToLowerInvariant()} {endpoint.RoutePattern.RawText!.TrimEnd('/')}") ?? []);
#pragma warning restore CA1308

        Assert.Equal(described.Order(StringComparer.Ordinal), mapped.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Posts))]
    public async Task Members_OfARequest_AreThoseThatTheCallReads(string path)
    {
        var body = MakeExample(RequestOf(path), ApiClient.NewKey("described"));
        body["surplus"] = 1;

        var reply = (await shared.Api.PostAsync(path, body)).ExpectProblem(HttpStatusCode.BadRequest, "invalid");

        Assert.Equal("surplus", reply.TextOf("member"));
        Assert.Equal(Names(RequestOf(path)), reply.Body.GetProperty("allowed").EnumerateArray().Select(name => name.GetString()!).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Posts))]
    public async Task Members_ThatMustBeThere_AreThoseThatTheCallAsksFor(string path)
    {
        var schema = RequestOf(path);
        string[] required = [.. schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()!)];
        foreach (var name in Names(schema))
        {
            var body = MakeExample(schema, ApiClient.NewKey("described"));
            body.Remove(name);
            var reply = await shared.Api.PostAsync(path, body);
            var isMissed = reply.Status == HttpStatusCode.BadRequest && reply.TextOf("detail") == $"{name} is missing.";
            Assert.True(isMissed == required.Contains(name), $"{path} without {name}: {reply.Text}");
        }
    }

    [Fact]
    public async Task Members_OfReplies_AreThoseOfTheDocument()
    {
        var key = ApiClient.NewKey("replies");
        var holder = await shared.Api.TakeAsync(key);
        var hold = ApiClient.HoldOf(holder);
        var waiter = Calls.AcquireTests.Waiting(key, "bob", 0);
        await AssertReplyAsync("/acquire", holder, HttpStatusCode.OK);
        await AssertReplyAsync("/acquire", waiter, HttpStatusCode.Accepted);
        await AssertReplyAsync("/renew", hold, HttpStatusCode.OK);
        await AssertReplyAsync("/verify", hold, HttpStatusCode.OK);
        await AssertReplyAsync("/beat", new JsonObject { ["renewals"] = new JsonArray(hold.DeepClone()), ["waits"] = new JsonArray(ApiClient.HoldOf(waiter)) }, HttpStatusCode.OK);
        var value = (JsonObject)hold.DeepClone();
        (value["value"], value["ifVersion"]) = (new JsonObject { ["text"] = "a" }, 0);
        await AssertReplyAsync("/value", value, HttpStatusCode.OK);
        await AssertReplyAsync("/limit", new JsonObject { ["key"] = key, ["limit"] = 5, ["ifVersion"] = 0 }, HttpStatusCode.OK);
        AssertMembers(ReplyOf("/lock", "get", 200), (await shared.Api.GetAsync("/lock", key)).Body, "lock");
        AssertMembers(ReplyOf("/value", "get", 200), (await shared.Api.GetAsync("/value", key)).Body, "value");
        AssertMembers(ReplyOf("/locks", "get", 200), (await shared.Api.GetAsync($"/v1/locks?prefix={key}")).Body, "locks");
        AssertMembers(ReplyOf("", "get", 200), (await shared.Api.GetAsync("/v1")).Body, "about");
        var down = (JsonObject)hold.DeepClone();
        (down["change"], down["mode"]) = (1, "upgradeable");
        await AssertReplyAsync("/downgrade", down, HttpStatusCode.OK);
        down.Remove("mode");
        down["change"] = 2;
        await AssertReplyAsync("/upgrade", down, HttpStatusCode.OK);
        await AssertReplyAsync("/cancel-upgrade", down, HttpStatusCode.OK);
        await AssertReplyAsync("/cancel", ApiClient.HoldOf(waiter), HttpStatusCode.OK);
        await AssertReplyAsync("/revoke", new JsonObject { ["key"] = key, ["fencingToken"] = 0, ["force"] = true }, HttpStatusCode.OK);
        await AssertReplyAsync("/renew", hold, HttpStatusCode.Conflict);
        await AssertReplyAsync("/release", ApiClient.HoldOf(await shared.Api.TakeAsync(ApiClient.NewKey("replies"))), HttpStatusCode.OK);
    }

    [Fact]
    public async Task Members_OfRepliesAboutSessions_AreThoseOfTheDocument()
    {
        var session = Guid.NewGuid().ToString();
        var hold = new JsonObject { ["session"] = session, ["leaseId"] = Guid.NewGuid().ToString() };
        var open = (JsonObject)hold.DeepClone();
        (open["owner"], open["metadata"]) = ("alice", new JsonObject { ["text"] = "a" });
        await AssertReplyAsync("/session/open", open, HttpStatusCode.OK);
        await AssertReplyAsync("/session/renew", hold, HttpStatusCode.OK);
        AssertMembers(ReplyOf("/session", "get", 200), (await shared.Api.GetAsync($"/v1/session?id={session}")).Body, "session");
        await AssertReplyAsync("/session/revoke", new JsonObject { ["session"] = session }, HttpStatusCode.OK);
        await AssertReplyAsync("/session/close", hold, HttpStatusCode.OK);
        await AssertReplyAsync("/session/renew", hold, HttpStatusCode.Conflict);
    }

    [Fact]
    public void Problems_OfTheDocument_AreThoseOfTheCodeWithTheirStatus()
    {
        var described = Document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject())
            .SelectMany(call => call.Value.GetProperty("responses").EnumerateObject())
            .Where(reply => reply.Value.GetProperty("content").TryGetProperty("application/problem+json", out _))
            .SelectMany(reply => reply.Value.GetProperty("description").GetString()!.Split(", ").Select(code => (Code: code, Status: reply.Name)))
            .Distinct();

        // These two are of no call.
        var known = Problem.All.Where(problem => problem.Status is not (404 or 405)).Select(problem => (problem.Code, Status: $"{problem.Status}"));
        Assert.Equal(known.Order(), described.Order());
    }

    [Fact]
    public void References_OfTheDocument_AllStand()
    {
        var text = System.IO.File.ReadAllText(File);
        var schemas = Document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => schema.Name).ToList();

        Assert.All(
            text.Split("\"$ref\": \"").Skip(1).Select(part => part.Split('"')[0]),
            reference => Assert.Contains(reference["#/components/schemas/".Length..], schemas));
        Assert.All(schemas, schema => Assert.Contains($"#/components/schemas/{schema}\"", text, StringComparison.Ordinal));
    }

    private async Task AssertReplyAsync(string path, JsonObject body, HttpStatusCode status)
    {
        var reply = (await shared.Api.PostAsync(path, body)).Expect(status);
        AssertMembers(ReplyOf(path, "post", (int)status), reply.Body, path);
    }

    /// <summary>A reply has the members that its schema requires, and none that it does not know; so have its parts.</summary>
    private static void AssertMembers(JsonElement schema, JsonElement value, string where)
    {
        if (schema.TryGetProperty("oneOf", out var either))
            schema = either[0];
        if (schema.TryGetProperty("$ref", out var reference))
            schema = Document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!["#/components/schemas/".Length..]);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var names = value.EnumerateObject().Select(member => member.Name).ToList();
                Assert.Empty(schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()!).Except(names).Select(name => $"{where} has no {name}"));
                foreach (var member in value.EnumerateObject())
                {
                    Assert.True(schema.GetProperty("properties").TryGetProperty(member.Name, out var inner), $"{where}.{member.Name} is not described.");
                    AssertMembers(inner, member.Value, $"{where}.{member.Name}");
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    AssertMembers(schema.GetProperty("items"), item, $"{where}[]");
                break;
            default:
                AssertType(schema, value, where);
                break;
        }
    }

    private static void AssertType(JsonElement schema, JsonElement value, string where)
    {
        var expected = value.ValueKind switch
        {
            JsonValueKind.String => ["string"],
            JsonValueKind.Number => ["number", "integer"],
            JsonValueKind.Null => ["null"],
            _ => new[] { "boolean" },
        };

        // A part that may be null is described as one of two, and was looked into above.
        if (value.ValueKind == JsonValueKind.Null && schema.TryGetProperty("properties", out _))
            return;
        var types = schema.GetProperty("type") is { ValueKind: JsonValueKind.Array } several ? [.. several.EnumerateArray().Select(type => type.GetString()!)] : new[] { schema.GetProperty("type").GetString()! };
        Assert.True(types.Intersect(expected).Any(), $"{where} is {value.ValueKind}; the document says {string.Join(" or ", types)}.");
        if (schema.TryGetProperty("enum", out var names))
            Assert.Contains(value.GetString()!, names.EnumerateArray().Select(name => name.GetString()!));
    }

    private static JsonObject MakeExample(JsonElement schema, string key)
    {
        var body = new JsonObject();
        foreach (var member in schema.GetProperty("properties").EnumerateObject())
        {
            body[member.Name] = member.Name switch
            {
                "key" => key,
                "leaseId" or "session" => Guid.NewGuid().ToString(),
                "owner" => "alice",
                "reason" => "a test",
                "mode" => "shared",
                "limit" or "permits" or "change" or "fencingToken" or "sessionToken" => 1,
                "renews" or "force" => false,
                "value" or "metadata" => null,
                "renewals" or "waits" => new JsonArray(new JsonObject { ["key"] = key, ["leaseId"] = Guid.NewGuid().ToString() }),
                "leaseSeconds" => 30,
                "waitSeconds" or "pollSeconds" or "ifVersion" or "lockDelaySeconds" => 0,
                _ => throw new InvalidOperationException($"There is no example of {member.Name}."),
            };
        }

        return body;
    }

    private static IEnumerable<string> Names(JsonElement schema) => schema.GetProperty("properties").EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal);

    private static JsonElement RequestOf(string path) => Resolve(
        CallOf(path, "post").GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema"));

    private static JsonElement ReplyOf(string path, string method, int status) =>
        CallOf(path, method).GetProperty("responses").GetProperty($"{status}").GetProperty("content").EnumerateObject().Single().Value.GetProperty("schema");

    private static JsonElement CallOf(string path, string method) => Document.GetProperty("paths").GetProperty($"/v1{path}").GetProperty(method);

    private static JsonElement Resolve(JsonElement schema) =>
        Document.GetProperty("components").GetProperty("schemas").GetProperty(schema.GetProperty("$ref").GetString()!["#/components/schemas/".Length..]);

    private static JsonElement Read()
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllText(File));
        return document.RootElement.Clone();
    }
}
