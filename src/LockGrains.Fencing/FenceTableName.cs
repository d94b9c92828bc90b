using System.Text.RegularExpressions;

namespace LockGrains.Fencing;

/// <summary>A table's name that is safe inside a statement, where a parameter cannot stand.</summary>
internal static partial class FenceTableName
{
    // PostgreSQL cuts longer names off without an error: two tables would be one.
    private const int PartLengthMax = 63;

    /// <summary>Checks a name, alone or behind a schema, and quotes it, so that words of SQL and upper case are as good as others.</summary>
    /// <param name="name">The name.</param>
    /// <param name="paramName">The parameter to name in the exception.</param>
    public static string Quote(string name, string paramName)
    {
        ArgumentNullException.ThrowIfNull(name, paramName);
        return Identifiers().IsMatch(name) && Array.TrueForAll(name.Split('.'), part => part.Length <= PartLengthMax)
            ? $"\"{name.Replace(".", "\".\"", StringComparison.Ordinal)}\""
            : throw new ArgumentException(
                $"A table's name has 1 to {PartLengthMax} letters from a to z, digits and underscores, and begins with no digit; a schema and a dot may be before it. This one is '{name}'.",
                paramName);
    }

    // \z, since $ lets a line break at the end pass.
    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Identifiers();
}
