namespace LockGrains.Core;

/// <summary>
/// One session, without its secret. A session is a hold of a key of its own, so the token of that hold tells it from every other hold of the same
/// key: what is held under one session is never taken for another's.
/// </summary>
/// <param name="Id">The key of the session, in <see cref="LockSpace.Session"/>.</param>
/// <param name="Token">The fencing token of its hold.</param>
public sealed record SessionRef(string Id, FencingToken Token);
