using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>
/// Sends calls to the servers. A call that certainly did not reach a server goes to the next one at once. What else goes wrong leaves an outcome that
/// nobody knows: the client repeats the call, and that copy goes to the next server.
/// </summary>
internal sealed class ApiCalls : IDisposable
{
    // A page of 1,000 locks whose keys are as long as can be, and escaped, has less.
    private const int ReplyBytesMax = 16 * 1024 * 1024;

    private readonly HttpMessageInvoker _invoker;
    private readonly bool _isHandlerOurs;
    private readonly ServerList _servers;
    private readonly AuthenticationHeaderValue? _access;
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationToken _ended;
    private bool _hasLookedAtOthers;
    private bool _isDisposed;
    private readonly (TimeSpan Silence, TimeSpan Call) _timeouts;

    public ApiCalls(HttpLockClientOptions options, TimeProvider time, ILogger logger)
    {
        _isHandlerOurs = options.Handler is null;
        _invoker = new HttpMessageInvoker(options.Handler ?? Connections.Make(options), disposeHandler: _isHandlerOurs);
        _servers = new ServerList(options.Servers.Select(static text => new Server(Server.FindAddress(text)!)), logger);
        _access = options.AccessKey is { } key ? new AuthenticationHeaderValue("Bearer", key) : null;
        _timeouts = (options.SilenceTimeout, options.CallTimeout);
        _ended = _end.Token;
        Time = time;
    }

    public TimeProvider Time { get; }

    /// <summary>The longest that a call may be sent later than it was made, or be replied to later than its server was to hold it.</summary>
    public TimeSpan CallTimeout => _timeouts.Call;

    /// <summary>Fires when this transport is disposed.</summary>
    public CancellationToken End => _ended;

    /// <summary>Makes a call, and reads its reply.</summary>
    /// <param name="request">The call.</param>
    /// <param name="shape">The shape of its reply.</param>
    /// <param name="cancellationToken">Ends it; it may have had its effect.</param>
    /// <exception cref="UnauthorizedAccessException">The access key is missing, not known, or may not do this.</exception>
    public Task<ApiReply<T>> CallAsync<T>(ApiRequest request, JsonTypeInfo<T> shape, CancellationToken cancellationToken)
        where T : class =>
        TryInTurnAsync<T>(request, (server, passed) => AskAsync(server, request, passed, shape, request.Held + _timeouts.Call, cancellationToken), cancellationToken);

    /// <summary>Opens a stream of events.</summary>
    /// <exception cref="UnauthorizedAccessException">The access key is missing, not known, or may not do this.</exception>
    public Task<ApiReply<OpenStream>> OpenAsync(ApiRequest request, CancellationToken cancellationToken) => TryInTurnAsync<OpenStream>(
        request,
        (server, passed) => SendAsync<OpenStream>(server, request, passed, _timeouts.Call, async (response, loss, end) =>
        {
            var isStream = response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentType?.MediaType == "text/event-stream";
            var wrong = isStream ? _servers.FindProblem(server, ReplyReader.FindStore(response)) : null;
            if (isStream && wrong is null)
                return ApiReply<OpenStream>.Of(new OpenStream(response, await response.Content.ReadAsStreamAsync(end).ConfigureAwait(false), loss));

            using (response)
            {
                return wrong is not null
                    ? LeaveOther<OpenStream>(server, wrong)
                    : await ReadAsync<OpenStream>(server, response, static _ => null, end).ConfigureAwait(false);
            }
        }, cancellationToken),
        cancellationToken);

    /// <summary>Ends the calls that are on their way.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;

        _end.Cancel();
        _invoker.Dispose();
        _end.Dispose();
    }

    private async Task<ApiReply<T>> TryInTurnAsync<T>(ApiRequest request, Func<Server, TimeSpan, Task<ApiReply<T>>> send, CancellationToken cancellationToken)
        where T : class
    {
        var startedAt = Time.GetTimestamp();
        var last = ApiReply<T>.Unknown("No server was asked in time.") with { WasNotSent = true };
        LockStoreMismatchException? mismatch = null;
        foreach (var server in _servers.InTurn())
        {
            if (!_servers.MayUse(server) && await server.CheckAsync(() => FindProblemAsync(server)).WaitAsync(cancellationToken).ConfigureAwait(false) is { } problem)
            {
                _servers.Leave(server, problem.Message);
                mismatch ??= problem as LockStoreMismatchException;
                last = ApiReply<T>.Unknown(problem.Message) with { WasNotSent = true };
                continue;
            }

            // A copy that is sent much later than its caller asked for it would be one that nobody expects.
            var passed = Time.GetElapsedTime(startedAt);
            if (passed >= _timeouts.Call || (request.Wait is { } wait && wait > TimeSpan.Zero && passed >= wait))
                break;

            last = await send(server, passed).ConfigureAwait(false);
            if (!last.WasNotSent)
                break;
        }

        // A server that is not used is the matter only where no other one was sent the call.
        return last.Mismatch is null && (mismatch is null || !last.WasNotSent) ? last : throw last.Mismatch ?? mismatch!;
    }

    /// <summary>Asks a server for its store, before anything is left to it. For one that hangs there is little time.</summary>
    private async Task<Exception?> FindProblemAsync(Server server)
    {
        var about = await AskAsync(server, new ApiRequest(""), TimeSpan.Zero, ReplyText.Default.AboutJson, _timeouts.Silence, CancellationToken.None)
            .ConfigureAwait(false);
        return about.Value is not null ? null : about.Mismatch ?? (Exception)new IOException(about.Detail);
    }

    /// <summary>
    /// Asks the other servers for their stores once, in the background, as soon as the store of this client is known: that two lock services are in one
    /// list is logged on the day that it is written, and not when the first server fails.
    /// </summary>
    private void LookAtOthers(Server first)
    {
        if (Interlocked.Exchange(ref _hasLookedAtOthers, true))
            return;

        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        foreach (var server in _servers.InTurn().Where(server => server != first))
            _ = Task.Run(() => LookAtAsync(server));
    }

    private async Task LookAtAsync(Server server) =>
        await ((Task)server.CheckAsync(() => FindProblemAsync(server))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private Task<ApiReply<T>> AskAsync<T>(
        Server server, ApiRequest request, TimeSpan passed, JsonTypeInfo<T> shape, TimeSpan limit, CancellationToken cancellationToken)
        where T : class => SendAsync<T>(server, request, passed, limit, async (response, _, end) =>
    {
        using (response)
            return await ReadAsync<T>(server, response, bytes => ReplyReader.Read(bytes, shape), end).ConfigureAwait(false);
    }, cancellationToken);

    private async Task<ApiReply<T>> SendAsync<T>(
        Server server,
        ApiRequest request,
        TimeSpan passed,
        TimeSpan limit,
        Func<HttpResponseMessage, CancellationToken, CancellationToken, Task<ApiReply<T>>> read,
        CancellationToken cancellationToken)
        where T : class
    {
        var loss = server.Loss;
        using var over = new CancellationTokenSource(limit, Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(over.Token, loss, _ended, cancellationToken);
        var silence = Time.CreateTimer(
            _ => _servers.Leave(server, "It has been silent for long."), null, request.Held + _timeouts.Silence, Timeout.InfiniteTimeSpan);
        await using var noSilence = silence.ConfigureAwait(false);
        try
        {
            using var message = Make(server, request, passed);
            var response = await _invoker.SendAsync(message, end.Token).ConfigureAwait(false);
            return await read(response, loss, end.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not UnauthorizedAccessException)
        {
            // Whoever ends a call knows that it may have had its effect, and says nothing of its server.
            cancellationToken.ThrowIfCancellationRequested();
            return Explain<T>(server, exception, isOver: over.IsCancellationRequested, isEnded: end.IsCancellationRequested);
        }
    }

    /// <summary>What went wrong, and what that means for the server. Whatever it was, the call may have had its effect, unless it was not sent.</summary>
    private ApiReply<T> Explain<T>(Server server, Exception exception, bool isOver, bool isEnded)
        where T : class
    {
        var wasNotSent = !isEnded && IsOfConnecting(exception);
        var trouble = isOver ? $"The server {server.Address} did not reply in time."
            : isEnded ? $"The server {server.Address} was lost while the call was on its way."
            : $"{(wasNotSent ? "No connection to the server" : "The call had no usable reply from the server")} {server.Address}: {exception.Message}";
        if (isOver || wasNotSent)
            server.Lose();
        else if (!isEnded)
            server.Checked = null;

        if (isOver || !isEnded)
            _servers.Leave(server, trouble);
        return ApiReply<T>.Unknown(trouble) with { WasNotSent = wasNotSent };
    }

    // That of a time-out is what .NET throws for that of connecting; another handler may mean something else by it.
    private bool IsOfConnecting(Exception exception) => exception switch
    {
        HttpRequestException http => http.HttpRequestError
            is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        OperationCanceledException { InnerException: TimeoutException } => _isHandlerOurs,
        _ => false,
    };

    private HttpRequestMessage Make(Server server, ApiRequest request, TimeSpan passed)
    {
        var message = new HttpRequestMessage(request.Body is null ? HttpMethod.Get : HttpMethod.Post, server.Of(request.Path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.Authorization = _access;
        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(body(passed));
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return message;
    }

    private async Task<ApiReply<T>> ReadAsync<T>(Server server, HttpResponseMessage response, Func<byte[], T?> shape, CancellationToken cancellationToken)
        where T : class
    {
        await response.Content.LoadIntoBufferAsync(ReplyBytesMax, cancellationToken).ConfigureAwait(false);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var problem = ReplyReader.FindProblem(response, bytes);
        if (ReplyReader.FindRefusal(server, response, problem) is { } refusal)
        {
            return _servers.FindProblemOfRefusal(server, ReplyReader.FindStore(response)) is { } other
                ? LeaveOther<T>(server, other)
                : throw refusal;
        }

        if (ReplyReader.FindTrouble(server, response, problem) is { } trouble)
        {
            _servers.Leave(server, trouble);
            return ApiReply<T>.Unknown(trouble) with { IsUnreadable = problem?.Code == "unavailable" };
        }

        var store = ReplyReader.FindStore(response);
        if (_servers.FindProblem(server, store) is { } wrong)
            return LeaveOther<T>(server, wrong);

        if (store is not null)
            LookAtOthers(server);

        if (problem is not null)
            return new ApiReply<T>(null, problem, null);

        if (shape(bytes) is { } value)
            return ApiReply<T>.Of(value);

        var unread = $"The reply of the server {server.Address} is not one of this call.";
        _servers.Leave(server, unread);
        return ApiReply<T>.Unknown(unread);
    }

    private ApiReply<T> LeaveOther<T>(Server server, LockStoreMismatchException wrong)
        where T : class
    {
        _servers.Leave(server, wrong.Message);
        return ApiReply<T>.Unknown(wrong);
    }
}
