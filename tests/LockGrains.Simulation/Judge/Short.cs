namespace LockGrains.Simulation;

internal static class Short
{
    /// <summary>An attempt's name in a timeline.</summary>
    public static string Of(Guid lease) => lease.ToString("N")[..4];
}
