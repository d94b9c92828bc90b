namespace LockGrains.Chaos;

/// <summary>The run itself went wrong: not a broken promise, but nothing to be proud of either.</summary>
internal sealed class ChaosException(string message) : Exception(message);
