namespace LockGrains.Chaos;

/// <summary>What a <see cref="RespProxy"/> does to a request that its rule takes, or to its reply, or to the connection it came by.</summary>
internal enum RespProxyMode
{
    /// <summary>Nothing.</summary>
    Pass,

    /// <summary>The request is forwarded at once; its reply comes <see cref="RespProxyRule.Delay"/> later, and so do those behind it.</summary>
    Delay,

    /// <summary>The request waits <see cref="RespProxyRule.Delay"/> before it is forwarded, and so does what the client sends after it.</summary>
    Hold,

    /// <summary>Forwarded and answered, but instead of the answer the client gets the end of its connection: nobody told it what happened.</summary>
    DropReply,

    /// <summary>The client's connection is closed first; the request is forwarded <see cref="RespProxyRule.Delay"/> after that.</summary>
    LateWrite,

    /// <summary>Not forwarded; the connection is reset, as by a firewall or a crash.</summary>
    Reset,

    /// <summary>All connections are reset, and nobody listens until another rule is set.</summary>
    Refuse,

    /// <summary>Not forwarded; answered as a replica answers a write.</summary>
    ReadOnly,

    /// <summary>Not forwarded; answered as a server that is still reading its data.</summary>
    Loading,

    /// <summary>Not forwarded; answered as a server at its <c>maxmemory</c>.</summary>
    OutOfMemory,

    /// <summary>Not forwarded; answered as a server that has lost its scripts.</summary>
    NoScript,

    /// <summary>Not forwarded; answered as a node of a Redis Cluster that does not own the key.</summary>
    Moved,

    /// <summary>Not forwarded; answered as a server whose disk is full.</summary>
    Misconfigured,

    /// <summary>Every connection carries <see cref="RespProxyRule.BytesPerSecond"/> in each direction.</summary>
    Throttle,

    /// <summary>Forwarded, but the client's connection is closed in its direction only: it may send, and hears nothing more.</summary>
    HalfClose,

    /// <summary>Connections are accepted and nothing flows, until another rule is set; then what was sent meanwhile flows, as in a healed network.</summary>
    Blackhole,

    /// <summary>Requests flow and replies do not, until another rule is set: a network cut in one direction.</summary>
    BlackholeReplies,

    /// <summary>The reply vanishes; each later one on the connection answers the request before its own.</summary>
    SwallowReply,

    /// <summary>The reply comes twice; each later one on the connection answers the request after its own.</summary>
    DuplicateReply,
}
