using System.Security.Cryptography.X509Certificates;

namespace LockGrains;

/// <summary>The connections that the client makes itself.</summary>
internal static class Connections
{
    /// <summary>Makes what sends the requests.</summary>
    public static SocketsHttpHandler Make(HttpLockClientOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirection may lead to another store, and turns a call into a read.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,

            // Shorter than servers and proxies keep them: a call on a connection that is just being closed has no reply.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),

            // A name may be given to another machine.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            KeepAlivePingDelay = TimeSpan.FromSeconds(5),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        if (options.TrustedAuthorities is { } authorities)
            handler.SslOptions.CertificateChainPolicy = MakePolicy(authorities);

        return handler;
    }

    // A policy brings its own rule for revocation, which would ask an authority that says nothing of it. .NET does not ask without a policy, either.
    private static X509ChainPolicy MakePolicy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
