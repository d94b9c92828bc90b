namespace LockGrains.Simulation;

/// <summary>What the store's client library throws when it cannot say what became of an operation.</summary>
internal sealed class StoreFaultException() : Exception("The store did not say whether it was applied.");
