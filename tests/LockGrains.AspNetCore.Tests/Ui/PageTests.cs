using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Tests.Harness;
using LockGrains.AspNetCore.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.AspNetCore.Tests.Ui;

/// <summary>The page as a server serves it: the same for everybody, with no data, and nothing that runs but its own files.</summary>
[Collection(SharedHost.Name)]
public sealed partial class PageTests(SharedHost shared)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string Folder = Path.Combine(Repository.Root, "src", "LockGrains.AspNetCore", "Ui", "Page");

    public static TheoryData<string> AllPaths => [.. Directory.GetFiles(Folder).Select(file => PathOf(Path.GetFileName(file))).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(AllPaths))]
    public async Task File_Asked_IsServedWithItsTypeAndTheHeadersThatProtectIt(string path)
    {
        using var response = await SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(await File.ReadAllBytesAsync(FileOf(path)), await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(TypeOf(path), response.Content.Headers.ContentType?.ToString());
        Assert.Equal(Policy, Header(response, "Content-Security-Policy"));
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Equal("no-referrer", Header(response, "Referrer-Policy"));
        Assert.Equal("no-cache", Header(response, "Cache-Control"));
        Assert.Equal("same-origin", Header(response, "Cross-Origin-Opener-Policy"));
        Assert.Equal("same-origin", Header(response, "Cross-Origin-Resource-Policy"));
        Assert.NotNull(response.Headers.ETag);
    }

    [Theory]
    [MemberData(nameof(AllPaths))]
    public async Task File_ThatTheBrowserHas_IsNotSentAgain_AndAnotherIs(string path)
    {
        using var first = await SendAsync(HttpMethod.Get, path);

        using var same = await SendAsync(HttpMethod.Get, path, ("If-None-Match", $"\"other\", {first.Headers.ETag}"));
        using var other = await SendAsync(HttpMethod.Get, path, ("If-None-Match", "\"other\""));

        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Empty(await same.Content.ReadAsByteArrayAsync());
        Assert.Equal(Policy, Header(same, "Content-Security-Policy"));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task File_Head_HasItsLengthAndNoBody()
    {
        using var response = await SendAsync(HttpMethod.Head, "/page/main.js");

        Assert.Equal((HttpStatusCode.OK, new FileInfo(FileOf("/page/main.js")).Length), (response.StatusCode, response.Content.Headers.ContentLength));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public void ETags_OfAllFiles_Differ() => Assert.Equal(
        UiFiles.Parts.Count() + 1, UiFiles.Parts.Append(UiFiles.Index).Select(file => file.ETag).Distinct(StringComparer.Ordinal).Count());

    /// <summary>Only the files have paths: what a path contains finds nothing beside them.</summary>
    [Theory]
    [InlineData("/page/")]
    [InlineData("/page/index.html")]
    [InlineData("/page/MAIN.js.map")]
    [InlineData("/page/../appsettings.json")]
    [InlineData("/page/%2e%2e/appsettings.json")]
    [InlineData("/page/..%2fappsettings.json")]
    [InlineData("/page/%2e%2e%2f%2e%2e%2fetc/passwd")]
    [InlineData("/page/..%5c..%5cappsettings.json")]
    [InlineData("/page//etc/passwd")]
    [InlineData("/page/main.js/..%2f..%2fopenapi.json")]
    [InlineData("/page/main.js%00")]
    [InlineData("/ui/main.js")]
    public async Task Path_OfNoFile_IsNotFound(string path) => Assert.Contains(await SendRawAsync(path), (int[])[400, 404]);

    [Fact]
    public async Task Page_WithoutAnAccessKey_IsServedAndAsksNobody()
    {
        await using var host = await ApiHost.StartAsync(LostLocks.Throwing());
        host.Access.Rule = static (_, _) => AccessOutcome.Unauthenticated;

        using var page = await host.Client.GetAsync(new Uri("/", UriKind.Relative));
        using var part = await host.Client.GetAsync(new Uri("/page/main.js", UriKind.Relative));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (page.StatusCode, part.StatusCode));
        Assert.Empty(host.Access.TakeAsked());
        (await host.Api.GetAsync("/v1")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Page_WhileLocksAreHeld_HasNothingOfThem()
    {
        var key = ApiClient.NewKey("page");
        await shared.Api.TakeAsync(key, "owner-of-the-page");

        using var response = await SendAsync(HttpMethod.Get, "/");

        Assert.Equal(await File.ReadAllTextAsync(FileOf("/")), await response.Content.ReadAsStringAsync());
        Assert.DoesNotContain("LockGrains-Store", response.Headers.Select(header => header.Key));
        Assert.DoesNotContain("Set-Cookie", response.Headers.Select(header => header.Key));
    }

    [Fact]
    public void Page_HasNothingInlineThatThePolicyWouldHaveToAllow()
    {
        var html = File.ReadAllText(FileOf("/"));

        Assert.DoesNotContain("unsafe", Policy, StringComparison.Ordinal);
        Assert.Empty(InlineScript().Matches(html).Select(match => match.Value));
        Assert.Empty(InlineStyle().Matches(html).Select(match => match.Value));
        Assert.Empty(Handler().Matches(html).Select(match => match.Value));
    }

    [Theory]
    [MemberData(nameof(AllPaths))]
    public void File_RefersToNothingElsewhere_AndMakesNoMarkupOfTexts(string path)
    {
        var text = File.ReadAllText(FileOf(path)).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);

        Assert.Empty(Elsewhere().Matches(text).Select(match => match.Value));
        Assert.Empty(Markup().Matches(text).Select(match => match.Value));
    }

    [Theory]
    [MemberData(nameof(AllPaths))]
    public void File_RefersOnlyToFilesThatAreThere(string path)
    {
        var text = File.ReadAllText(FileOf(path));
        var names = Import().Matches(text).Select(match => match.Groups["name"].Value).ToList();

        Assert.All(names, name => Assert.True(File.Exists(Path.Combine(Folder, name)), $"{path} refers to {name}."));
        Assert.True(names.Count > 0 || path is not ("/" or "/page/main.js"));
    }

    /// <summary>What a script looks for by its id is in the page.</summary>
    [Fact]
    public void Ids_OfTheScripts_AreInThePageOnce()
    {
        var ids = Id().Matches(File.ReadAllText(FileOf("/"))).Select(match => match.Groups["id"].Value).ToList();
        var asked = Directory.GetFiles(Folder, "*.js").SelectMany(file => Find().Matches(File.ReadAllText(file))).Select(match => match.Groups["id"].Value).Distinct().ToList();

        Assert.Equal(ids.Distinct(StringComparer.Ordinal), ids);
        Assert.True(asked.Count > 40);
        Assert.Empty(asked.Except(ids));
    }

    [Fact]
    public async Task Page_OfAGroup_IsBesideItsApi_AndItsPathEndsWithASlash()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(LostLocks.Throwing());
        builder.Services.AddLockGrainsHttp();
        await using var app = builder.Build();
        app.MapGroup("/locks").MapLockGrainsUi();
        app.Urls.Add("http://127.0.0.1:0");
        await app.StartAsync();
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(app.Urls.Single()) };

        using var page = await client.GetAsync(new Uri("/locks/", UriKind.Relative));
        using var part = await client.GetAsync(new Uri("/locks/page/main.js", UriKind.Relative));
        using var bare = await client.GetAsync(new Uri("/locks", UriKind.Relative));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (page.StatusCode, part.StatusCode));
        Assert.Equal((HttpStatusCode.PermanentRedirect, "./locks/"), (bare.StatusCode, bare.Headers.Location?.ToString()));
    }

    [Fact]
    public async Task Map_WithoutAdd_SaysWhatIsMissing()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();

        Assert.Contains("AddLockGrainsHttp", Assert.Throws<InvalidOperationException>(() => app.MapLockGrainsUi()).Message, StringComparison.Ordinal);
    }

    private static string PathOf(string name) => name == "index.html" ? "/" : $"/page/{name}";

    private static string FileOf(string path) => Path.Combine(Folder, path == "/" ? "index.html" : path["/page/".Length..]);

    private static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/html; charset=utf-8",
    };

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await shared.Host.Client.SendAsync(request);
    }

    /// <summary>Sends a path as it is written: a client would tidy it up.</summary>
    private async Task<int> SendRawAsync(string path)
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, shared.Host.Address.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {shared.Host.Address.Authority}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return int.Parse((await reader.ReadLineAsync())!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"<script(?![^>]*\ssrc=)[^>]*>|javascript:", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();

    [GeneratedRegex(@"<style|\sstyle\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex InlineStyle();

    [GeneratedRegex(@"\son[a-z]+\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex Handler();

    [GeneratedRegex(@"\bhttps?:|\bwss?:|[""'(]//|@import|<base|<iframe|<object|<embed", RegexOptions.IgnoreCase)]
    private static partial Regex Elsewhere();

    [GeneratedRegex(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|createContextualFragment|setAttribute\('(on|style|src|href)|EventSource|localStorage|document\.cookie")]
    private static partial Regex Markup();

    [GeneratedRegex(@"(from '\./|(src|href)=""page/)(?<name>[a-z.]+)")]
    private static partial Regex Import();

    [GeneratedRegex(@"\sid=""(?<id>[a-z-]+)""")]
    private static partial Regex Id();

    [GeneratedRegex(@"find\('(?<id>[a-z-]+)'\)")]
    private static partial Regex Find();
}
