using System.Diagnostics.CodeAnalysis;

namespace LockGrains;

/// <summary>One server: its address, whether it was found to have the store of this client, and the end of the calls that go through it.</summary>
/// <param name="address">Its address, as <see cref="FindAddress"/> found it.</param>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer or a wait handle holds nothing.")]
internal sealed class Server(string address)
{
    private readonly Lock _gate = new();
    private CancellationTokenSource _loss = new();
    private Task<Exception?>? _check;
    private volatile string? _checked;
    private string? _otherStore;

    /// <summary>Its address, for people.</summary>
    public string Address => address;

    /// <summary>
    /// The store that it had when it was last found to be that of this client; <see cref="ServerList.Unnamed"/> where it named none. Null until it is
    /// checked, and after a connection to it has failed: one that comes back may be another, since an address can be given to anybody.
    /// </summary>
    public string? Checked
    {
        get => _checked;
        set => _checked = value;
    }

    /// <summary>Fires when the server is lost: the replies of calls through it may never come. Read anew for each call.</summary>
    public CancellationToken Loss => Volatile.Read(ref _loss).Token;

    /// <summary>The address without a slash at its end; null where it is none of a server.</summary>
    /// <param name="text">What was written.</param>
    public static string? FindAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            && uri is { Host.Length: > 0, UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 }
            && text!.IndexOfAny(['?', '#', '@']) < 0
            ? uri.AbsoluteUri.TrimEnd('/')
            : null;

    /// <summary>The address of a call.</summary>
    /// <param name="path">The call, from its slash on, with its query.</param>
    public Uri Of(string path) => new($"{address}/v1{path}", UriKind.Absolute);

    /// <summary>It cannot be reached, or has been silent for too long. Calls through it end as unknown, and it is checked before it is used again.</summary>
    public void Lose()
    {
        Checked = null;
        _ = Interlocked.Exchange(ref _loss, new CancellationTokenSource()).CancelAsync();
    }

    /// <summary>It has named another store than this client's.</summary>
    /// <param name="store">Which.</param>
    /// <returns>Whether that is news.</returns>
    public bool SetOtherStore(string store) => Interlocked.Exchange(ref _otherStore, store) != store;

    /// <summary>Checks it once for all who ask meanwhile.</summary>
    /// <param name="check">Asks it; says what is wrong, or null.</param>
    public Task<Exception?> CheckAsync(Func<Task<Exception?>> check)
    {
        lock (_gate) return _check is { IsCompleted: false } running ? running : _check = check();
    }
}
