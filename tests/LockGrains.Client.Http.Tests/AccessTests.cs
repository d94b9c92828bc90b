using System.Net;
using LockGrains.Client.Http.Tests.Harness;

namespace LockGrains.Client.Http.Tests;

/// <summary>Whoever may not is told so at once, not after half a minute of repetitions, and is told nothing of the lock by that.</summary>
public sealed class AccessTests : IAsyncDisposable
{
    private readonly FakeServers _servers = new();
    private readonly CapturedLog _log = new();
    private readonly LockClient _client;

    public AccessTests() => _client = LockClient.Create(_servers.OptionsOf("a"), new LockClientOptions { UnavailableTimeout = TimeSpan.FromHours(1) }, loggerFactory: _log);

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _servers.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData(401, "unauthenticated")]
    [InlineData(403, "forbidden")]
    public async Task Acquire_WithAKeyThatMayNot_ThrowsAtOnce_AndGivesUpWhatMayBeLeft(int status, string code)
    {
        var cancelled = new TaskCompletionSource();
        _servers.On("a", sent =>
        {
            if (sent.PathAndQuery != "/v1/cancel")
                return FakeServers.Problem(status, code);

            cancelled.TrySetResult();
            return FakeServers.Json("""{"outcome":"not-held","key":"k"}""");
        });

        var exception = await Assert.ThrowsAsync<UnauthorizedAccessException>(async () => await _client.AcquireAsync("k", TimeSpan.FromHours(1)));

        Assert.Contains($"detail of {code}", exception.Message, StringComparison.Ordinal);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.DoesNotContain("secret-key", exception.ToString() + string.Concat(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_WithAKeyThatMayNot_ThrowsAtOnce_AndSaysWhy()
    {
        _servers.On("a", static _ => FakeServers.Make("<html>", "text/html", HttpStatusCode.Forbidden, store: null));

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(async () => await _client.GetInfoAsync("k"));

        Assert.IsType<UnauthorizedAccessException>(exception.InnerException);
    }
}
