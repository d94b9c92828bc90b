namespace LockGrains.Chaos;

/// <summary>Where the silos of a run keep locks and membership.</summary>
internal enum StoreKind
{
    Redis,
    Postgres,
}
