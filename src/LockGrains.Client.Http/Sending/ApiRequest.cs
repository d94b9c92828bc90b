namespace LockGrains;

/// <summary>One call of the API, which can be sent to several servers in turn.</summary>
/// <param name="Path">The call, from its slash on, with its query.</param>
/// <param name="Body">Makes the body, given how much time has passed since the call was made; null for a read.</param>
internal sealed record ApiRequest(string Path, Func<TimeSpan, byte[]>? Body = null)
{
    /// <summary>How long the server may hold the call because it waits in the queue.</summary>
    public TimeSpan Held { get; init; }

    /// <summary>How long the caller waits in all; a call that is not sent by then is not sent at all. Null for any time.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>A call whose body is always the same.</summary>
    public static ApiRequest Of(string path, IRequestJson body)
    {
        var bytes = RequestText.ToBytes(body);
        return new ApiRequest(path, _ => bytes);
    }
}
