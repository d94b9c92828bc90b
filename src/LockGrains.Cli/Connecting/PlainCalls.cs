using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LockGrains.Core;

namespace LockGrains.Cli.Connecting;

/// <summary>
/// Calls of the API that are of no lock: who serves there, and what operators ask. Each goes to one server after another until one replies, again and
/// again for as long as lockgrains tries, so it must be one that may be sent twice.
/// </summary>
internal sealed class PlainCalls(ConnectionSettings settings, HttpMessageHandler? handler, TimeProvider timeProvider) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private readonly Lazy<HttpMessageInvoker> _invoker = new(() => new HttpMessageInvoker(handler ?? MakeHandler(), disposeHandler: false));

    /// <summary>As the client makes its own: no redirections, which may lead to another store, and no proxy.</summary>
    public static SocketsHttpHandler MakeHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Waits until a server replies.</summary>
    /// <exception cref="CliException">None did: <see cref="ExitCode.Unavailable"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">The access key is not known.</exception>
    public Task ReachAsync(CancellationToken cancellationToken) => CallAsync(HttpMethod.Get, "", static _ => true, cancellationToken);

    /// <summary>Makes a call.</summary>
    /// <param name="method">GET, or POST with an empty object.</param>
    /// <param name="path">The call, from its slash on.</param>
    /// <param name="shape">The shape of its reply.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <exception cref="CliException">No server replied to it: <see cref="ExitCode.Unavailable"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">The access key is not known, or may not do this.</exception>
    public Task<T> CallAsync<T>(HttpMethod method, string path, JsonTypeInfo<T> shape, CancellationToken cancellationToken)
        where T : class => CallAsync(method, path, bytes => JsonSerializer.Deserialize(bytes, shape) ?? throw new JsonException("The reply is null."), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_invoker.IsValueCreated) _invoker.Value.Dispose();
    }

    private async Task<T> CallAsync<T>(HttpMethod method, string path, Func<byte[], T> read, CancellationToken cancellationToken)
    {
        var startedAt = timeProvider.GetTimestamp();
        while (true)
        {
            Exception? problem = null;
            foreach (var server in settings.Servers)
            {
                try
                {
                    return read(await SendAsync(method, server, path, cancellationToken));
                }
                catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException or JsonException)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    problem = exception;
                }
            }

            if (timeProvider.GetElapsedTime(startedAt) + Pause >= settings.RetryFor)
            {
                throw new CliException(
                    ExitCode.Unavailable,
                    $"no server replied at {settings} within {DurationText.Format(settings.RetryFor)}: {(problem is null ? "" : Failure.FirstLine(problem))}",
                    problem);
            }

            await Task.Delay(Pause, timeProvider, cancellationToken);
        }
    }

    private async Task<byte[]> SendAsync(HttpMethod method, string server, string path, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(CallTimeout, timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        using var request = new HttpRequestMessage(method, $"{server.TrimEnd('/')}/v1{path}");
        if (settings.AccessKey is { } key) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (method == HttpMethod.Post) request.Content = new ByteArrayContent("{}"u8.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

        using var response = await _invoker.Value.SendAsync(request, end.Token);
        if (response.StatusCode == HttpStatusCode.OK) return await response.Content.ReadAsByteArrayAsync(end.Token);

        var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw new UnauthorizedAccessException($"The server {server} refuses the call ({status}).");
        throw new IOException($"The server {server} replied with the status {status}.");
    }
}
