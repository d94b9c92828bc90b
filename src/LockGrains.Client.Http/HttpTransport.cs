using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LockGrains;

/// <summary>
/// Reaches the locks over the HTTP API. It has no hint of a loss for all calls: when a server is lost, the calls through that one end by themselves, as
/// unknown, and those through others go on.
/// </summary>
internal sealed class HttpTransport : ILockTransport, IDisposable
{
    // A server repeats a poll at its lock for as long as the API may hold a connection, be its client gone or not where a proxy is between them. Orleans
    // drops a message after its response time-out (75 s for an acquire), and twice that is long enough for a copy to be gone.
    private static readonly TimeSpan BehindAServer = TimeSpan.FromSeconds(50 + (2 * 75));

    private readonly ApiCalls _calls;
    private readonly string? _revokeReason;

    public HttpTransport(HttpLockClientOptions options, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
    {
        var logger = (ILogger?)loggerFactory?.CreateLogger<HttpTransport>() ?? NullLogger.Instance;
        _calls = new ApiCalls(options, timeProvider ?? TimeProvider.System, logger);
        _revokeReason = options.RevokeReason;
    }

    /// <summary>A call may be sent to another server for as long as one may take, and be on its way for as long again.</summary>
    public TimeSpan MessageLifetimeMax => (_calls.CallTimeout * 2) + BehindAServer;

    public bool SendsBatches => true;

    public bool CanList => true;

    public IRemoteLock GetLock(string key) => new HttpLock(_calls, key, _revokeReason);

    public IRemoteLock GetSession(string id) => new HttpSession(_calls, id, _revokeReason);

    public async ValueTask<HeartbeatReply> BeatAsync(Heartbeat heartbeat) => await HttpBeats.SendAsync(_calls, heartbeat, CancellationToken.None).ConfigureAwait(false);

    public async ValueTask<LockListPage> ListAsync(LockListRequest request, CancellationToken cancellationToken)
    {
        var after = request.After is null ? "" : $"&after={Uri.EscapeDataString(request.After)}";
        var path = string.Create(
            CultureInfo.InvariantCulture, $"/locks?prefix={Uri.EscapeDataString(request.Prefix)}&state={NameOf(request.State)}&limit={request.Limit}{after}");
        var reply = await _calls.CallAsync(new ApiRequest(path), ReplyText.Default.PageJson, cancellationToken).ConfigureAwait(false);
        return InfoReplies.ToPage(reply.Value, request.SilosMissing) ?? throw new IOException(reply.Detail);
    }

    public void Dispose() => _calls.Dispose();

    private static string NameOf(LockListState state) => state switch
    {
        LockListState.Held => "held",
        LockListState.Waited => "waited",
        _ => "all",
    };
}
