namespace LockGrains;

/// <summary>Tells which silos there are. Orleans' own grain for that can do much more, and is not for clients that should reach locks alone.</summary>
[Alias("lockgrains.ISiloListGrain")]
internal interface ISiloListGrain : IGrainWithIntegerKey
{
    /// <summary>All silos that the membership has, also those that are dead.</summary>
    [Alias("List")]
    ValueTask<MembershipEntry[]> ListAsync();
}
