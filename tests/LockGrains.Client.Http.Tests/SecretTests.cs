using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using LockGrains.Client.Http.Tests.Harness;

namespace LockGrains.Client.Http.Tests;

/// <summary>The proof of ownership and the access key are in no log line, exception or span, whatever becomes of a call.</summary>
public sealed class SecretTests : IDisposable
{
    private const string Granted = """{"outcome":"granted","key":"k","fencingToken":7,"validForSeconds":30,"leaseSeconds":30,"permitNumbers":[],"valueVersion":0}""";

    private static readonly Dictionary<string, Func<HttpResponseMessage>> Replies = new()
    {
        ["granted"] = static () => FakeServers.Json(Granted),
        ["not held"] = static () => FakeServers.Problem(409, "not-held"),
        ["ended"] = static () => FakeServers.Problem(409, "ended"),
        ["busy"] = static () => FakeServers.Problem(423, "busy"),
        ["invalid"] = static () => FakeServers.Problem(400, "invalid", ",\"member\":\"leaseId\""),
        ["forbidden"] = static () => FakeServers.Problem(403, "forbidden"),
        ["unknown"] = static () => FakeServers.Problem(503, "outcome-unknown"),
        ["a proxy's"] = static () => FakeServers.Make("<html>", "text/html", HttpStatusCode.BadGateway, store: null),
        ["no JSON"] = static () => FakeServers.Json("{\"outcome\":"),
        ["cut"] = static () => throw new HttpRequestException(HttpRequestError.ResponseEnded, "ended"),
        ["nobody"] = static () => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"),
        ["another store"] = static () => FakeServers.Problem(409, "not-held", store: "bbbb"),
    };

    private readonly FakeServers _servers = new();
    private readonly CapturedLog _log = new();
    private readonly ConcurrentQueue<string> _spans = new();
    private readonly ConcurrentQueue<string> _exceptions = new();
    private readonly ActivityListener _listener;

    public SecretTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => _spans.Enqueue(
                $"{activity.DisplayName} {activity.StatusDescription} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Baggage)} "
                + string.Join(' ', activity.Events.Select(static one => $"{one.Name} {string.Join(' ', one.Tags)}"))),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public static TheoryData<string> Names => [.. Replies.Keys];

    public void Dispose()
    {
        _listener.Dispose();
        _servers.Dispose();
        _log.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Secrets_OfEachCall_AreInNoLogExceptionOrSpan(string name)
    {
        _servers.On("a", static _ => FakeServers.Json(Granted));
        await using (var client = LockClient.Create(
            _servers.OptionsOf("a"),
            new LockClientOptions { UnavailableTimeout = TimeSpan.FromMilliseconds(100), AttemptTimeout = TimeSpan.FromMilliseconds(100), RetryDelay = TimeSpan.FromMilliseconds(1) },
            loggerFactory: _log))
        {
            var handle = await client.AcquireAsync("k");
            _servers.On("a", _ => Replies[name]());
            await NoteAsync(async () => await handle.VerifyAsync());
            await NoteAsync(async () => await handle.SetValueAsync(LockValue.OfText("v")));
            await NoteAsync(async () => await handle.ReleaseAsync());
            await NoteAsync(() => Task.Run(handle.ThrowIfLost));
            await NoteAsync(async () => await client.TryAcquireAsync("k"));
            await NoteAsync(async () => await client.AcquireAsync("k", TimeSpan.FromMilliseconds(100)));
            await NoteAsync(async () => await client.OpenSessionAsync());
            await NoteAsync(async () => await client.RevokeAsync("k", 7));
            await NoteAsync(async () => await client.GetInfoAsync("k"));
        }

        AssertNoSecretIn([.. _log.Lines.Select(static line => line.Text), .. _exceptions, .. _spans]);
        Assert.NotEmpty(_spans);
        Assert.NotEmpty(_exceptions);
    }

    [Fact]
    public async Task Secrets_OverRealConnections_AreInNoSpan()
    {
        using var authority = TestAuthority.Make();
        using var certificate = authority.Issue("127.0.0.1");
        await using var server = await HttpsServer.StartAsync(certificate);
        var options = new HttpLockClientOptions { Servers = [server.Address], AccessKey = "secret-key", TrustedAuthorities = [authority.Certificate] };
        await using (var client = LockClient.Create(options, loggerFactory: _log))
        {
            await using var handle = await client.AcquireAsync("k");
        }

        AssertNoSecretIn([.. _log.Lines.Select(static line => line.Text), .. _spans]);
        Assert.Contains(_spans, static span => span.Contains("/v1/acquire", StringComparison.Ordinal));
    }

    private async Task NoteAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception exception)
        {
            _exceptions.Enqueue(exception.ToString());
        }
    }

    private void AssertNoSecretIn(IReadOnlyList<string> texts)
    {
        var secrets = _servers.Sent.Where(static sent => sent.Body.Contains("leaseId", StringComparison.Ordinal))
            .Select(static sent => JsonDocument.Parse(sent.Body).RootElement.GetProperty("leaseId").GetGuid()).Distinct()
            .SelectMany(static id => new[] { id.ToString("D"), id.ToString("N") }).Append("secret-key").ToList();
        foreach (var secret in secrets)
            Assert.DoesNotContain(texts, text => text.Contains(secret, StringComparison.OrdinalIgnoreCase));
    }
}
