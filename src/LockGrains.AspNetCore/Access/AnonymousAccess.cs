namespace LockGrains.AspNetCore.Access;

/// <summary>
/// What may be done without an access key. It is never more than to acquire and to read, and only by programs of this machine: the connection
/// comes from a loopback address to a loopback address, the header <c>Host</c> says so, no header tells of a proxy, and the request is not one
/// that a browser makes for another site. A larger value allows more.
/// </summary>
public enum AnonymousAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Programs of this machine may acquire and read while there is no access key in <see cref="AccessOptions.Keys"/>, and never has been.</summary>
    LocalWithoutKeys = 1,

    /// <summary>
    /// Programs of this machine may acquire and read, whatever keys there are. Not behind a proxy: one that sends HTTP/1.1 and adds no header
    /// looks like a program of this machine, and so does everybody who can reach it.
    /// </summary>
    Local = 2,
}
