using System.Globalization;
using System.Text.Json;
using LockGrains.Cli.Children;
using LockGrains.Cli.Guarding;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>The <c>lockgrains run</c> of one test, and every process that they started: all of them have a mark in their environment.</summary>
internal sealed class GuardedRuns : IDisposable
{
    /// <summary>A lease that a test can wait for.</summary>
    public static readonly string[] Short = ["--lease", "4s", "--grace", "300ms"];

    private const string MarkName = "GUARDED_RUNS";

    // A pipe that is full, and that somebody holds open, but nobody reads.
    private const string FullPipe = "mkfifo pipe; exec 9<>pipe; dd if=/dev/zero of=pipe bs=65536 count=1 2>dd; ";

    // On a busy machine a silo may not answer for long.
    private readonly string[] _silo;
    private readonly List<TestProcess> _processes = [];
    private readonly TempFolder _folder = new();

    public GuardedRuns(string server) => _silo = ["--server", server, "--retry-for", "2m"];

    /// <summary>Where the commands are at work.</summary>
    public string Folder => _folder.Path;

    /// <summary>The commands, and what they started, as far as it is alive: lockgrains and its guard know no token.</summary>
    public IReadOnlyList<(int Id, string Line)> Alive => Find(Mark, CommandVariables.Token);

    private string Mark => $"{MarkName}={Folder}\0";

    public string File(string name) => _folder.File(name);

    public TestProcess Run(string key, string[] options, params string[] command) =>
        Start([], "dotnet", [.. RunLine(key, options), .. command]);

    /// <summary>The same, with variables of its own.</summary>
    public TestProcess RunWith((string Name, string? Value)[] environment, string key, string[] options, params string[] command) =>
        Start(environment, "dotnet", [.. RunLine(key, options), .. command]);

    /// <summary>The same, with streams as the shell writes them; <c>pipe</c> is a full one that nobody reads.</summary>
    public TestProcess RunOn(string streams, string key, string[] options, params string[] command)
    {
        var before = streams.Contains("pipe", StringComparison.Ordinal) ? FullPipe : "";
        return Shell($"cd '{Folder}'; {before}exec dotnet \"$@\" {streams}", [.. RunLine(key, options), .. command]);
    }

    /// <summary>The next holder, which is none of these.</summary>
    public TestProcess Next(string key)
    {
        var next = Programs.StartCli(["run", key, .. _silo, "--", "sh", "-c", "echo mine; read line"]);
        _processes.Add(next);
        return next;
    }

    /// <summary>A script whose arguments are "$@".</summary>
    public TestProcess Shell(string script, params string[] args) => Start([], "sh", ["-c", script, "sh", .. args]);

    /// <summary>The arguments of <c>dotnet</c>, up to the command's.</summary>
    public string[] RunLine(string key, params string[] options) => [Programs.Cli, "run", key, .. _silo, .. options, "--"];

    public async Task<JsonElement> StatusAsync(string key)
    {
        var status = Start([], "dotnet", [Programs.Cli, "status", key, "--json", .. _silo]);
        await status.ExpectExitAsync(0);
        return JsonDocument.Parse(string.Concat(status.Out)).RootElement;
    }

    public async Task RevokeAsync(string key) => await Start([], "dotnet", [Programs.Cli, "revoke", key, "--all", .. _silo]).ExpectExitAsync(0);

    /// <summary>Waits until so many wait for a lock.</summary>
    public Task WhenQueueIsAsync(string key, int length) => Eventually.BecomesAsync(
        async () => (await StatusAsync(key)).GetProperty("queueLength").GetInt32(), actual => actual == length, $"queue of {length}");

    public static Task WhenAsync(Func<bool> isSo, string what) =>
        Eventually.BecomesAsync(() => Task.FromResult(isSo()), static isSo => isSo, what);

    public Task WhenThereIsAsync(string file) => WhenAsync(() => System.IO.File.Exists(File(file)), $"file {file}");

    public Task WhenNothingIsAliveAsync() => WhenAsync(() => Alive.Count == 0, "end of all that the command started");

    /// <summary>The guard of a command that runs.</summary>
    public static int GuardOf(TestProcess run) =>
        Entries().Single(entry => entry.Parent == run.Id && TryRead(entry.Id, "cmdline").Contains($"\0{GuardTerms.Verb}\0", StringComparison.Ordinal)).Id;

    /// <summary>All processes that are there, ended ones that nobody reaped among them.</summary>
    public static IEnumerable<ProcessEntry> Entries() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? ProcessEntry.TryRead(pid) : null)
        .OfType<ProcessEntry>();

    /// <summary>Sends a signal to a process of lockgrains, its guard, and the whole tree below.</summary>
    public void SignalAll(TestProcess run, int signal)
    {
        foreach (var id in (int[])[run.Id, GuardOf(run), .. Alive.Select(process => process.Id)])
            _ = Posix.Kill(id, signal);
    }

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        foreach (var (id, _) in Find(Mark))
            _ = Posix.Kill(id, Posix.SigKill);
        _folder.Dispose();
    }

    /// <summary>Numbers and lines of what is alive and has all of these in its environment.</summary>
    private static List<(int Id, string Line)> Find(params string[] variables) =>
    [
        .. Entries().Where(entry => !entry.HasEnded)
            .Where(entry => TryRead(entry.Id, "environ") is var environment && variables.All(variable => environment.Contains(variable, StringComparison.Ordinal)))
            .Select(entry => (entry.Id, TryRead(entry.Id, "cmdline").Replace('\0', ' '))),
    ];

    private static string TryRead(int pid, string file)
    {
        try
        {
            return System.IO.File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private TestProcess Start((string Name, string? Value)[] environment, string program, string[] args)
    {
        var process = TestProcess.Start(program, program, args, [(MarkName, Folder), TestAccess.Variable, .. environment]);
        _processes.Add(process);
        return process;
    }
}
