using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Core;

/// <summary>
/// A stored record is not one of ours, is damaged, or was written by a newer version. The key it belongs to answers nothing until
/// somebody mends it, because guessing could make two holders; all other keys go on.
/// </summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Always says what was found.")]
public sealed class RecordFormatException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was found, and what was expected.</param>
    /// <param name="innerException">What the reader met.</param>
    public RecordFormatException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
