using System.Globalization;
using System.Text.Json;
using LockGrains.Cli.Children;
using LockGrains.Cli.Connecting;
using LockGrains.Cli.Guarding;
using LockGrains.Cli.Tests.EndToEnd;

namespace LockGrains.Cli.Tests.Native;

/// <summary>The native program does what the .NET tool does: what only the compiler can break is tested here, the rest with the tool.</summary>
public sealed class NativeTests : IClassFixture<NativeFixture>, IDisposable
{
    private const long SizeMax = 8 * 1024 * 1024;
    private const int AtOnce = 100;

    // Of all of it, on perhaps two cores.
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(10);

    private readonly NativeFixture _native;
    private readonly List<TestProcess> _processes = [];
    private readonly TempFolder _folder = new();

    public NativeTests(NativeFixture native) => _native = native;

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        _folder.Dispose();
    }

    [NativeFact]
    public void Published_IsOneFileOfAtMost8MiB()
    {
        var file = new FileInfo(Assert.Single(_native.Files));
        Assert.Equal("lockgrains", file.Name);
        Assert.InRange(file.Length, 1, SizeMax);
    }

    [NativeFact]
    public async Task Run_HoldsTheLock_AndTheOthersShowIt()
    {
        var run = Start("run", "native/a", "--value", "10.0.0.7:5000", "--", "sh", "-c", "echo held $LOCK_KEY $LOCK_FENCING_TOKEN; read line; exit 7");
        var token = long.Parse((await run.WhenLineAsync("held native/a ")).Split(' ')[2], CultureInfo.InvariantCulture);
        var watch = Start("watch", "--prefix", "native/", "--json");
        await watch.WhenLineAsync("\"native/a\"");
        var waiter = Start("run", "native/a", "--wait", "5m", "--", "echo", "my turn");
        await waiter.WhenLineAsync("waiting for 'native/a': place 1 of 1");

        using var status = JsonDocument.Parse(string.Concat(await EndAsync(0, "status", "native/a", "--json")));
        Assert.Equal(token, status.RootElement.GetProperty("holder").GetProperty("fencingToken").GetInt64());
        Assert.Contains("value       10.0.0.7:5000  (ends with its hold)", await EndAsync(0, "status", "native/a"));
        Assert.Equal(["10.0.0.7:5000"], await EndAsync(0, "value", "native/a"));
        Assert.Contains(await EndAsync(0, "list", "native/"), line => line.StartsWith("native/a", StringComparison.Ordinal));
        Assert.Equal(["the limit of 'native/b' is 2"], await EndAsync(0, "limit", "native/b", "2"));
        Assert.Contains(await EndAsync(0, "tidy"), line => line.StartsWith("lock records", StringComparison.Ordinal));
        Assert.StartsWith("lg_", (await EndAsync(0, "key", "new"))[0], StringComparison.Ordinal);
        await EndAsync(ExitCode.Usage, "run", "native/a", "--grace", "25s", "--", "true");
        await EndAsync(0, "run", "--help");

        await run.WriteInputAsync("end\n");
        await run.ExpectExitAsync(7);
        await waiter.ExpectExitAsync(0);
        Assert.Equal(["my turn"], waiter.Out);
        watch.Signal(Posix.SigTerm);
        await watch.ExpectExitAsync(ExitCode.SignalBase + Posix.SigTerm);
    }

    /// <summary>OpenSSL takes as long to load as the rest of the program. Without HTTPS nothing needs it.</summary>
    [NativeFact]
    public async Task Run_WithoutHttps_DoesNotLoadOpenSsl()
    {
        var run = Start("run", "native/libraries", "--", "sh", "-c", "echo held; read line");
        await run.WhenLineAsync("held");

        var libraries = (await File.ReadAllLinesAsync($"/proc/{run.Id}/maps")).Select(line => Path.GetFileName(line)).Where(name => name.Contains(".so", StringComparison.Ordinal));

        Assert.DoesNotContain(libraries, name => name.StartsWith("libssl", StringComparison.Ordinal) || name.StartsWith("libcrypto", StringComparison.Ordinal));
        await run.WriteInputAsync("end\n");
        await run.ExpectExitAsync(0);
    }

    [NativeFact]
    public async Task Run_Revoked_EndsTheCommand()
    {
        var run = Start("run", "native/revoked", "--lease", "15s", "--grace", "300ms", "--", "sh", "-c", "trap 'echo term; exit 0' TERM; echo holding; read line");
        await run.WhenLineAsync("holding");
        Assert.StartsWith("revoked 'native/revoked': 1 hold ended", (await EndAsync(0, "revoke", "native/revoked", "--all", "--reason", "a test"))[0], StringComparison.Ordinal);
        await run.ExpectExitAsync(ExitCode.Lost);
        Assert.Equal(["holding", "term"], run.Out);
    }

    [NativeFact]
    public async Task Run_LockgrainsIsKilled_ItsGuardEndsTheCommand()
    {
        var beats = _folder.File("beats");
        var run = Start("run", "native/killed", "--lease", "4s", "--grace", "300ms", "--", "sh", "-c", $"trap '' TERM; echo $$; while :; do echo beat >> '{beats}'; sleep 0.02; done");
        var command = int.Parse(await run.WhenLineAsync(static line => line.Length > 0, "a process id"), CultureInfo.InvariantCulture);
        Assert.Contains(
            GuardedRuns.Entries(),
            entry => entry.Parent == run.Id && File.ReadAllText($"/proc/{entry.Id}/cmdline").Contains($"\0{GuardTerms.Verb}\0", StringComparison.Ordinal));
        run.Signal(Posix.SigKill);
        await GuardedRuns.WhenAsync(() => ProcessEntry.TryRead(command) is not { HasEnded: false }, "end of the command");
    }

    [NativeFact]
    public async Task List_OverHttps_TrustsWhatTheMachineTrusts()
    {
        await using var server = TlsServer.Start(_folder.File("authority.pem"), """{"locks":[],"next":null,"silosMissing":[]}""");
        var untrusted = Start([], "list", "--server", server.Url, "--retry-for", "200ms");
        await untrusted.ExpectExitAsync(ExitCode.Unavailable);
        Assert.Contains(server.Url, Assert.Single(untrusted.Error), StringComparison.Ordinal);

        var trusted = Start([("SSL_CERT_FILE", _folder.File("authority.pem"))], "list", "--json", "--server", server.Url);
        await trusted.ExpectExitAsync(0);
        Assert.Empty(trusted.Error);
    }

    /// <summary>Not atomic on purpose: without the lock, increments get lost and tokens come out of order. Nothing here depends on how long it takes.</summary>
    [NativeFact]
    public async Task Run_AHundredAtOnce_AllCountInOrder()
    {
        var (count, tokens) = (_folder.File("count"), _folder.File("tokens"));
        await File.WriteAllTextAsync(count, "0\n");
        var script = $"n=$(cat '{count}'); echo $((n + 1)) > '{count}'; echo $LOCK_FENCING_TOKEN >> '{tokens}'";
        var runs = Enumerable.Range(0, AtOnce).Select(_ => Start("run", "native/hundred", "--lease", "2m", "--retry-for", "5m", "--", "sh", "-c", script)).ToList();
        foreach (var run in runs)
            await run.ExpectExitAsync(0, Guard);

        Assert.Equal($"{AtOnce}", (await File.ReadAllTextAsync(count)).Trim());
        var seen = (await File.ReadAllLinesAsync(tokens)).Select(line => long.Parse(line, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(seen.Distinct().Order(), seen);
        Assert.Equal(AtOnce, seen.Count);
    }

    private async Task<List<string>> EndAsync(int exitCode, params string[] args)
    {
        var process = Start(args);
        await process.ExpectExitAsync(exitCode);
        return process.Out;
    }

    private TestProcess Start(params string[] args) => Start([TestAccess.Variable, (ConnectionArguments.ServerVariable, _native.Url)], args);

    private TestProcess Start((string Name, string? Value)[] environment, params string[] args)
    {
        var process = TestProcess.Start("lockgrains", _native.Program, args, environment);
        _processes.Add(process);
        return process;
    }
}
