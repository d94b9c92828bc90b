namespace LockGrains.Simulation;

/// <summary>One arrival of a call at an activation; a call that was repeated on its way has several.</summary>
internal sealed record Delivery(int Id, CallFacts Call, long At);
