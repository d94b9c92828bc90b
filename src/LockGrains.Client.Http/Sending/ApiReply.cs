namespace LockGrains;

/// <summary>What came of a call: a value, a problem that a server of this client's store has told, or trouble, which says nothing of what came of it.</summary>
/// <param name="Value">What was asked for.</param>
/// <param name="Problem">Why it was not done.</param>
/// <param name="Trouble">Why nobody can say, for people.</param>
internal sealed record ApiReply<T>(T? Value, ProblemJson? Problem, string? Trouble)
    where T : class
{
    /// <summary>Whether the call certainly did not reach its server.</summary>
    public bool WasNotSent { get; init; }

    /// <summary>Trouble: what a server of another store is told by; it is thrown when no other server replied.</summary>
    public LockStoreMismatchException? Mismatch { get; init; }

    /// <summary>Trouble: whether a server says that it cannot read what was asked for.</summary>
    public bool IsUnreadable { get; init; }

    /// <summary>What is told where nobody can say.</summary>
    public string Detail => Trouble ?? Problem?.Detail ?? "The reply of the server is not one of this call.";

    public static ApiReply<T> Of(T value) => new(value, null, null);

    public static ApiReply<T> Unknown(string trouble) => new(null, null, trouble);

    public static ApiReply<T> Unknown(LockStoreMismatchException mismatch) => Unknown(mismatch.Message) with { Mismatch = mismatch };
}
