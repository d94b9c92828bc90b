using System.Globalization;

namespace LockGrains.Fencing;

/// <summary>
/// The resource refused a fence, since it has seen a larger token: the hold is over, and a later holder has been here. Roll the transaction
/// back. What it did must not take effect, and to repeat it under this hold is of no use.
/// </summary>
public sealed class StaleFenceException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="fence">The fence that was refused.</param>
    /// <param name="seen">The larger token that the resource has seen.</param>
    public StaleFenceException(Fence fence, long seen)
        : base(string.Create(CultureInfo.InvariantCulture, $"Refused {fence}: the resource has seen token {seen}, of a later hold. Roll the transaction back."))
    {
        Fence = fence;
        Seen = seen;
    }

    /// <summary>The fence that was refused.</summary>
    public Fence Fence { get; }

    /// <summary>The larger token that the resource has seen.</summary>
    public long Seen { get; }
}
