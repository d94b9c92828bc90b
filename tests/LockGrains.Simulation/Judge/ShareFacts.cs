namespace LockGrains.Simulation;

/// <summary>How much of a lock somebody has, or asks for.</summary>
internal sealed record ShareFacts(Guid Lease, long Token, HoldMode Mode = HoldMode.Exclusive)
{
    public int Permits { get; init; } = 1;

    /// <summary>The most permits that may be taken together, as it was asked for; 0 for no limit.</summary>
    public int Limit { get; init; }

    /// <summary>The numbers of its permits.</summary>
    public IReadOnlyList<int> Numbers { get; init; } = [];

    public override string ToString() => $"{Short.Of(Lease)} (token {Token}, {Mode}{(Limit > 0 ? $", {Permits} of {Limit}" : Permits > 1 ? $", {Permits}" : "")})";
}
