using System.Net;
using System.Text;
using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Input;

/// <summary>Keys that look like one another, or like an address, are what they are: each its own lock.</summary>
[Collection(SharedHost.Name)]
public sealed class AliasKeyTests(SharedHost shared)
{
    private static readonly string[] Keys =
    [
        "a/b", "a%2Fb", "a%252Fb", "a b", "a+b", "a%20b", "..", ".", "a/../b", "b", "B", "1", "01", "%", "%ff", "_", "?", "#", "&key=x", "\\", "\"", "'", "é", "e\u0301", "😀", "👩‍👩‍👧", " a", "a ",
        "a\u00A0b", "\uFEFFa", "{}", "[]", "null", "<b>", new string('k', 512), string.Concat(Enumerable.Repeat("😀", 128)),
    ];

    public static TheoryData<string, string> Wrong => new()
    {
        { "", "empty" },
        { " ", "white space" },
        { new string('k', 513), "513" },
        { string.Concat(Enumerable.Repeat("é", 257)), "514" },
        { "a\nb", "U+000A" },
        { "a\0b", "U+0000" },
        { "a\u0085b", "U+0085" },
    };

    [Fact]
    public async Task Keys_OfTheAliasSet_AreLocksOfTheirOwn()
    {
        foreach (var key in Keys)
            (await shared.Api.PostAsync("/acquire", ApiClient.Request(key, $"owner of {Convert.ToHexString(Encoding.UTF8.GetBytes(key))[..Math.Min(64, 2 * Encoding.UTF8.GetByteCount(key))]}"))).Expect(HttpStatusCode.OK);

        foreach (var key in Keys)
        {
            var reply = (await shared.Api.GetAsync("/lock", key)).Expect(HttpStatusCode.OK);
            Assert.Equal((key, 1), (reply.TextOf("key"), reply.WholeOf("holderCount")));
            (await shared.Api.PostAsync("/acquire", ApiClient.Request(key))).ExpectProblem(HttpStatusCode.Locked, "busy");
        }
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Key_ThatBreaksARule_IsRefusedInBodyAndQuery(string key, string says)
    {
        var inBody = (await shared.Api.PostAsync("/acquire", ApiClient.Request(key))).ExpectProblem(HttpStatusCode.BadRequest, "invalid");
        var inQuery = (await shared.Api.GetAsync("/lock", key)).ExpectProblem(HttpStatusCode.BadRequest, "invalid");

        Assert.All([inBody, inQuery], reply => Assert.Equal("key", reply.TextOf("member")));
        Assert.Contains(says, inBody.TextOf("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_WithALoneSurrogate_IsRefused()
    {
        var request = ApiClient.Request("x").ToJsonString().Replace("\"x\"", "\"a\\ud800\"", StringComparison.Ordinal);

        Assert.Equal("key", (await shared.Api.PostTextAsync("/acquire", request)).ExpectProblem(HttpStatusCode.BadRequest, "invalid").TextOf("member"));
    }

    [Fact]
    public async Task Key_InBytesThatAreNoUtf8_IsRefused()
    {
        var request = Encoding.UTF8.GetBytes(ApiClient.Request("x").ToJsonString());
        request[Array.IndexOf(request, (byte)'x')] = 0xFF;

        (await shared.Api.PostBytesAsync("/acquire", request)).ExpectProblem(HttpStatusCode.BadRequest, "invalid");
    }
}
