using System.Security.Cryptography.X509Certificates;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// Where the client over HTTP finds the locks. A value outside its range stops the program at its start, with the name, the value and the range;
/// none is adjusted silently.
/// </summary>
public sealed class HttpLockClientOptions
{
    /// <summary>The most servers: 16.</summary>
    internal const int ServersMax = 16;

    internal const int AccessKeyMax = 1024;

    internal static string AccessKeyForm { get; } = $"must be 1 to {AccessKeyMax} visible ASCII characters, without a space";

    internal static bool IsAccessKey(string text) => text.Length is > 0 and <= AccessKeyMax && text.All(static one => one is > ' ' and <= '~');

    /// <summary>
    /// The servers of one cluster, such as <c>https://locks-1:8080</c>: 1 to 16, each once. The API is below <c>/v1</c> of each. Calls go to the first,
    /// and when it fails to the next. Servers of two clusters in one list are told apart by their stores: those that do not have the store of the first
    /// one that replied are not used.
    /// </summary>
    public IReadOnlyList<string> Servers { get; set; } = [];

    /// <summary>The access key, which is sent in the header <c>Authorization</c> and nowhere else, and never logged. Null (the default) for none.</summary>
    public string? AccessKey { get; set; }

    /// <summary>How long it may take to connect to a server before the next one is tried. Default 2s; 100ms to 1m.</summary>
    [Allowed("100ms", "1m")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a server may be silent, beyond what a call waits in the queue, before further calls go to the next one. The call itself goes on.
    /// Default 2s; 100ms to 1m.
    /// </summary>
    [Allowed("100ms", "1m")]
    public TimeSpan SilenceTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long one request may take, beyond what it waits in the queue; after it nobody can say what came of it. A server replies by itself after
    /// 5 s unless configured otherwise. Default 10s; 100ms to 2m.
    /// </summary>
    [Allowed("100ms", "2m")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The certificates of the authorities that are trusted, in place of those that this machine trusts: for servers whose certificate comes from an
    /// authority of your own. The name in a server's certificate is checked all the same, and its revocation is not. Null (the default) for those that
    /// this machine trusts; else at least one, and only without a <see cref="Handler"/>.
    /// </summary>
    public X509Certificate2Collection? TrustedAuthorities { get; set; }

    /// <summary>
    /// What sends the requests: for a proxy, a client certificate, or a test. It must not follow redirections, and is not disposed. Null (the default)
    /// for one that the client makes; that one goes through no proxy, and opens a new connection after 5 minutes, since a name may be given to another
    /// machine.
    /// </summary>
    public HttpMessageHandler? Handler { get; set; }

    /// <summary>Why this client revokes, in words for the audit log; null for none. It goes along with each revocation and with nothing else.</summary>
    internal string? RevokeReason { get; set; }
}
