namespace LockGrains.Simulation;

/// <summary>A hold as a stored record names it.</summary>
internal sealed record HolderFacts(ShareFacts Share, int Change, long GrantedAtWall, long Term)
{
    public Guid Lease => Share.Lease;

    public long Token => Share.Token;
}
