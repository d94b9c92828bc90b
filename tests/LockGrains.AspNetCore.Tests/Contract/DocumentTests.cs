using System.Text.RegularExpressions;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Tests.Examples;
using LockGrains.AspNetCore.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LockGrains.AspNetCore.Tests.Contract;

/// <summary>docs/HTTP.md names every call and every problem, and its lines for a shell do what they say.</summary>
[Collection(SharedHost.Name)]
public sealed partial class DocumentTests(SharedHost shared)
{
    private const string Address = "http://127.0.0.1:8080";

    // uuidgen is a package of its own, and what it prints is here without it.
    private const string Uuidgen = "command -v uuidgen >/dev/null || uuidgen() { cat /proc/sys/kernel/random/uuid; }";

    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "HTTP.md"));

    [RequiresFact("bash", "curl")]
    public async Task LinesForAShell_Run_TakeWaitRenewAndRelease()
    {
        var lines = ShellBlock().Match(Text).Groups["lines"].Value;
        Assert.Equal(5, Regex.Count(lines, "^curl ", RegexOptions.Multiline));

        using var shell = TestProcess.Start("bash", "bash", ["-ec", $"{Uuidgen}\n{lines.Replace(Address, shared.Host.Address.ToString().TrimEnd('/'), StringComparison.Ordinal)}"]);
        await shell.ExpectExitAsync(0);

        var outcomes = Outcome().Matches(string.Concat(shell.Out)).Select(outcome => outcome.Groups["name"].Value).Order();
        Assert.Equal(["granted", "granted", "released", "released", "renewed"], outcomes);
    }

    [RequiresFact("bash", "curl")]
    public async Task LinesAboutASession_Run_OpenAcquireAndClose()
    {
        var lines = ShellBlock().Matches(Text)[1].Groups["lines"].Value;

        using var shell = TestProcess.Start("bash", "bash", ["-ec", $"{Uuidgen}\napi={shared.Host.Address}v1\n{lines}"]);
        await shell.ExpectExitAsync(0);

        Assert.Equal(["opened", "granted", "closed"], Outcome().Matches(string.Concat(shell.Out)).Select(outcome => outcome.Groups["name"].Value));
    }

    [RequiresFact("bash", "curl")]
    public async Task LineOfTheReadme_Run_TakesTheLock()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        var line = readme.Split('\n').Single(one => one.StartsWith("curl ", StringComparison.Ordinal)).Replace("report", ApiClient.NewKey("readme"), StringComparison.Ordinal);

        using var shell = TestProcess.Start(
            "bash", "bash", ["-ec", $"{Uuidgen}\n{line.Replace(Address, shared.Host.Address.ToString().TrimEnd('/'), StringComparison.Ordinal)}"], ("USER", "alice"));
        await shell.ExpectExitAsync(0);

        Assert.Contains("\"granted\"", string.Concat(shell.Out), StringComparison.Ordinal);
    }

    /// <summary>Two who paste the same example would be one owner.</summary>
    [Fact]
    public void Documents_ShowNoLeaseIdThatSomebodyCouldPaste() => Assert.Empty(
        from file in Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md"))
        where Uuid().IsMatch(File.ReadAllText(file))
        select $"{file} has a UUID; make it with uuidgen.");

    /// <summary>Whoever is on the machine may read the arguments of a program.</summary>
    [Fact]
    public void Documents_PutNoSecretIntoArguments() => Assert.Empty(
        from file in Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md"))
        from secret in SecretArgument().Matches(File.ReadAllText(file))
        select $"{file}: {secret.Value}");

    [Theory]
    [InlineData("curl -H \"Authorization: Bearer $T\" URL", true)]
    [InlineData("curl --header 'authorization: Bearer x' URL", true)]
    [InlineData("curl URL --json \"{}\"", true)]
    [InlineData("curl URL --json   '{}'", true)]
    [InlineData("curl URL --data-raw={}", true)]
    [InlineData("curl URL -d '{}'", true)]
    [InlineData("curl -H @- URL <<< \"Authorization: Bearer $T\"", false)]
    [InlineData("curl URL --json @- <<< \"{}\"", false)]
    [InlineData("lockgrains --data locks.db", false)]
    public void SecretArgument_IsFound(string line, bool isOne) => Assert.Equal(isOne, SecretArgument().IsMatch(line));

    [Fact]
    public void Calls_InTheTable_AreThoseOfTheHost()
    {
        var listed = CallRow().Matches(Text).Select(row => row.Groups["call"].Value.Replace(" /v1", " ", StringComparison.Ordinal));
        var mapped = shared.Host.Endpoints
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText!["/v1".Length..].TrimEnd('/')}") ?? []);

        Assert.Equal(mapped.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Problems_InTheTable_AreThoseOfTheCodeWithTheirStatus()
    {
        var listed = StatusRow().Matches(Text)
            .SelectMany(row => Code().Matches(row.Groups["codes"].Value).Select(code => (Code: code.Groups["code"].Value, Statuses: row.Groups["status"].Value)))
            .ToList();

        Assert.Equal(Problem.All.Select(problem => problem.Code).Order(StringComparer.Ordinal), listed.Select(one => one.Code).Order(StringComparer.Ordinal));
        Assert.All(listed, one => Assert.Contains($"{Problem.All.Single(problem => problem.Code == one.Code).Status}", one.Statuses, StringComparison.Ordinal));
    }

    [Fact]
    public async Task HostOfTheExample_Built_HasTheApiAndItsSetting()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort.Find(), FreePort.Find()).AddLockGrains().AddLockGrainsMemoryStorage());

        await using var app = Hosting.Build(builder);

        Assert.Equal(2_000, app.Services.GetRequiredService<IOptions<LockGrainsHttpOptions>>().Value.MaxWaiting);
        Assert.Contains(((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>(), endpoint => endpoint.RoutePattern.RawText == "/v1/acquire");
    }

    [GeneratedRegex("```sh\n(?<lines>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex("""(-H|--header)[ =]*["']?authorization|(--json|--data\S*|\s-d)[ =]*["']?[{$]""", RegexOptions.IgnoreCase)]
    private static partial Regex SecretArgument();

    [GeneratedRegex("\"outcome\":\"(?<name>[a-z-]+)\"")]
    private static partial Regex Outcome();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.IgnoreCase)]
    private static partial Regex Uuid();

    [GeneratedRegex(@"^\| `(?<call>(GET|POST) /[a-z0-9/-]+)`( itself)? \|", RegexOptions.Multiline)]
    private static partial Regex CallRow();

    [GeneratedRegex(@"^\| (?<status>[2-5][0-9, ]+) \|[^|]*\| (?<codes>[^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex StatusRow();

    [GeneratedRegex("`(?<code>[a-z-]+)`")]
    private static partial Regex Code();
}
