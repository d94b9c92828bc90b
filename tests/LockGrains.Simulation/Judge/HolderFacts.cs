namespace LockGrains.Simulation;

/// <summary>A hold as a stored record names it.</summary>
internal sealed record HolderFacts(ShareFacts Share, int Change, long GrantedAtWall, long Term)
{
    /// <summary>Whether it was granted to somebody else, who asked under the id of an attempt.</summary>
    public bool IsForeign { get; init; }

    /// <summary>Whether it names a session.</summary>
    public bool IsUnderSession { get; init; }

    public Guid Lease => Share.Lease;

    public long Token => Share.Token;
}
