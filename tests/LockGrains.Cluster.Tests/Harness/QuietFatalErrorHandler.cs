namespace LockGrains.Cluster.Tests;

/// <summary>
/// Orleans 10.2.2 ends the process when a silo learns that it was evicted; here that would end the tests of all others.
/// </summary>
internal sealed class QuietFatalErrorHandler : IFatalErrorHandler
{
    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null) =>
        Console.Error.WriteLine($"A silo of a test met a fatal error: {context} {exception?.Message}");
}
