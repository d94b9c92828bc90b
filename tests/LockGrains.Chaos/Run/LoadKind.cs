namespace LockGrains.Chaos;

/// <summary>What the processes of clients of a run do.</summary>
internal enum LoadKind
{
    /// <summary>They use many keys in many ways.</summary>
    Mixed,

    /// <summary>All read or write one key.</summary>
    Document,

    /// <summary>All take permits of one key.</summary>
    Pool,
}
