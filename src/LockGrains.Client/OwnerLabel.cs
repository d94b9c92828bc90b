using LockGrains.Core;

namespace LockGrains;

/// <summary>The rule for owner labels, and the one used when the program gives none.</summary>
internal static class OwnerLabel
{
    // As many bytes as a silo takes unless it is told otherwise.
    private static readonly int MaxBytes = new LockPolicy().OwnerIdMaxBytes;

    public static string Default { get; } = Make();

    /// <summary>What is wrong with a label, beginning with its name; null when it is as it must be. The silo has the same rule.</summary>
    public static string? FindProblem(string? ownerId) => LockPolicy.FindOwnerProblem(ownerId, MaxBytes) is { } problem
        ? $"{nameof(LockClientOptions.OwnerId)} is '{ownerId}', which {problem}"
        : null;

    private static string Make()
    {
        var label = $"{Environment.MachineName}/{Path.GetFileNameWithoutExtension(Environment.ProcessPath)}/{Environment.ProcessId}";
        return FindProblem(label) is null ? label : $"pid/{Environment.ProcessId}";
    }
}
