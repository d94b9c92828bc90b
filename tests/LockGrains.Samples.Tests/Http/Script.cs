namespace LockGrains.Samples.Tests.Http;

/// <summary>One of the programs in <c>samples/http</c>.</summary>
/// <param name="Program">What runs it, such as <c>python3</c>.</param>
/// <param name="File">Its file.</param>
public sealed record Script(string Program, string File)
{
    /// <summary>Where they are.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "samples", "http");

    /// <summary>Starts it around a command.</summary>
    /// <param name="server">The silo.</param>
    /// <param name="key">The key of the lock.</param>
    /// <param name="variables">What it is told by variables, without what their names begin with: <c>WAIT</c>.</param>
    /// <param name="command">The command.</param>
    public TestProcess Start(Uri server, string key, (string Name, string Value)[] variables, params string[] command) =>
        Run(server, [Path.Combine(Folder, File), key, "--", .. command], variables);

    /// <summary>Starts what runs it with other arguments.</summary>
    public TestProcess Run(Uri server, string[] args, params (string Name, string Value)[] variables) => TestProcess.Start(
        File,
        Program,
        args,
        [
            ("LOCKGRAINS_SERVER", server.ToString().TrimEnd('/')),

            // A proxy of whoever runs the tests does not reach this machine's loopback.
            ("no_proxy", "127.0.0.1"),
            .. variables.Select(variable => ($"LOCKGRAINS_{variable.Name}", (string?)variable.Value)),
        ]);
}
