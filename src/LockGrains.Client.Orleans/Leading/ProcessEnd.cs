namespace LockGrains;

/// <summary>How a process ends at once; a service, so that a test can see it and live.</summary>
/// <param name="Now">Ends it, with a message.</param>
internal sealed record ProcessEnd(Action<string> Now)
{
    /// <summary>The end that nothing can hold up: no <c>finally</c> runs.</summary>
    public static ProcessEnd FailFast { get; } = new(Environment.FailFast);
}
