namespace LockGrains.Simulation;

/// <summary>A broken promise.</summary>
internal sealed record Violation(string Rule, string What, long At);
