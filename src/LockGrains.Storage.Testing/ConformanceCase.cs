namespace LockGrains.Storage.Testing;

/// <summary>One thing that a storage must do.</summary>
public sealed class ConformanceCase
{
    internal ConformanceCase(string name, string promise, Func<CaseRun, Task> runAsync) => (Name, Promise, RunAsync) = (name, promise, runAsync);

    /// <summary>Its name, which stays.</summary>
    public string Name { get; }

    /// <summary>What the storage must do, in a sentence.</summary>
    public string Promise { get; }

    internal Func<CaseRun, Task> RunAsync { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Promise}";
}
