namespace LockGrains.Chaos;

/// <summary>
/// One kind of trouble, as one class. An instance is one injection: made by the catalogue, injected, healed, and thrown away, so it may keep
/// in fields what it must undo.
/// </summary>
internal abstract class Fault
{
    /// <summary>The name by which <c>--fault</c> knows it, in words with hyphens.</summary>
    public abstract string Name { get; }

    /// <summary>What it does, in one line.</summary>
    public abstract string Describe { get; }

    /// <summary>The storage that it is about; null when it can be injected whatever the storage is.</summary>
    public virtual StoreKind? Storage => null;

    /// <summary>What the judge must forgive after it, and why; nothing for nearly all.</summary>
    public virtual Excuse Excuse => Excuse.Nothing;

    /// <summary>How often it is chosen in a round: 1 for once in each, less for what takes long.</summary>
    public virtual double Share => 1;

    /// <summary>How long every hot key may stay without a grant once this is healed.</summary>
    public virtual TimeSpan GrantBound => TimeSpan.FromSeconds(30);

    /// <summary>Why it cannot be injected in this run, or null when it can.</summary>
    public virtual string? FindObstacle(ChaosCluster cluster) => null;

    /// <summary>
    /// Makes the trouble. Returns once it is there; says in <see cref="FaultContext.Began"/> when it began and in
    /// <see cref="FaultContext.Affect"/> whom it meets.
    /// </summary>
    public abstract Task InjectAsync(FaultContext context, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the trouble; also called when the injection failed halfway. Silos that were killed need not be started again here: the run
    /// brings back whatever is missing.
    /// </summary>
    public virtual Task HealAsync(FaultContext context, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>A fault of Redis, or on the way to it.</summary>
internal abstract class RedisFault : Fault
{
    public sealed override StoreKind? Storage => StoreKind.Redis;
}
