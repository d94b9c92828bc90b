using System.Globalization;

namespace LockGrains.Cli.Children;

/// <summary>What a command is told of one of its locks once that is held, as text.</summary>
/// <param name="Token">The fencing token of its hold.</param>
/// <param name="PermitNumbers">
/// The numbers of its permits, with commas between them; null where they have none.
/// </param>
internal readonly record struct HeldLock(string Token, string? PermitNumbers)
{
    private const char Separator = ':';

    /// <summary>What there is to tell of a lock.</summary>
    public static HeldLock Of(LockHandle handle) => new(
        handle.FencingToken.ToString(CultureInfo.InvariantCulture),
        handle.PermitNumbers.IsEmpty ? null : string.Join(',', handle.PermitNumbers.Select(static number => number.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Reads what <see cref="ToWord"/> gave.</summary>
    public static HeldLock Read(string word) =>
        word.IndexOf(Separator, StringComparison.Ordinal) is >= 0 and var end ? new(word[..end], word[(end + 1)..]) : new(word, null);

    /// <summary>One word of an order to the guard.</summary>
    public string ToWord() => PermitNumbers is null ? Token : $"{Token}{Separator}{PermitNumbers}";
}
