namespace LockGrains;

/// <summary>Which worker runs where which key leads. Two registrations that are equal are one service.</summary>
/// <param name="Key">The lock's key.</param>
/// <param name="WorkerType">The type of the worker.</param>
internal sealed record ElectedRegistration(string Key, Type WorkerType)
{
    /// <summary>The name of its settings, which is in the message when one is wrong. Two types may have one short name.</summary>
    public string Name => $"{WorkerType} for '{Key}'";
}
