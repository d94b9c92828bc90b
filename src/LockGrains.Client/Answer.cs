namespace LockGrains;

/// <summary>
/// What repeating a call came to: a definite reply, or none and the last failure, if it failed by an exception.
/// </summary>
internal readonly record struct Answer<T>(T? Reply, Exception? Problem = null)
    where T : class;
