using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Core;

/// <summary>
/// The lock's own logic is broken: something that can never be, is. Thrown in release builds too; the key is then quarantined,
/// because guessing on would be worse than standing still.
/// </summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Only thrown with the sentence that failed.")]
public sealed class InvariantViolationException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="invariant">The sentence that should be true.</param>
    public InvariantViolationException(string invariant)
        : base($"Lock invariant violated: {invariant}.")
    {
    }

    /// <summary>Throws unless the invariant holds.</summary>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="invariant">The sentence that should be true.</param>
    /// <exception cref="InvariantViolationException">It does not hold.</exception>
    public static void ThrowUnless([DoesNotReturnIf(false)] bool holds, string invariant)
    {
        if (!holds)
            throw new InvariantViolationException(invariant);
    }
}
