using LockGrains.AspNetCore.Access;
using LockGrains.Cli.Connecting;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>An access key that may do everything: what a silo of a test is told of it, and what a command line has it by.</summary>
internal static class TestAccess
{
    private const string Key = "--LockGrains:Access:Keys:0";

    private static readonly string Secret = AccessSecret.Create();

    /// <summary>The arguments of a silo.</summary>
    public static string[] Arguments { get; } =
    [
        $"{Key}:Name", "tests", $"{Key}:Sha256", AccessSecret.Hash(Secret), $"{Key}:Rules:0:Prefix", "",
        $"{Key}:Rules:0:Allow:0", "acquire", $"{Key}:Rules:0:Allow:1", "read", $"{Key}:Rules:0:Allow:2", "revoke",
    ];

    /// <summary>The arguments of a silo that lets programs of this machine in without a key, also in a container, where tests may run.</summary>
    public static string[] Anonymous { get; } = ["--LockGrains:Access:Anonymous", "local"];

    /// <summary>The variable of <c>lockgrains</c>.</summary>
    public static (string Name, string? Value) Variable { get; } = (ConnectionArguments.TokenVariable, Secret);
}
