using System.Diagnostics;

namespace LockGrains.TestKit.Servers;

/// <summary>The PostgreSQL that is installed here: its programs, the user who may run them, and an empty data folder to copy.</summary>
public static class PostgresInstallation
{
    private const string SystemFolder = "/usr/lib/postgresql";

    // PostgreSQL refuses to run as root. The package makes this user.
    private const string User = "postgres";

    private static readonly string[] Programs = ["initdb", "postgres", "pg_basebackup"];
    private static readonly string[] BouncerPlaces = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
    private static readonly string? Folder = FindFolder();
    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);

    /// <summary>
    /// Why tests with PostgreSQL are skipped here; null when they run. In CI they always run: a missing server is a failure there.
    /// </summary>
    public static string? SkipReason { get; } = Folder is not null || IsCI
        ? null
        : $"initdb is neither on the PATH nor below {SystemFolder}; install PostgreSQL to run this test.";

    /// <summary>As <see cref="SkipReason"/>, for tests that need PgBouncer as well.</summary>
    public static string? BouncerSkipReason { get; } = SkipReason ?? (FindBouncer() is not null || IsCI
        ? null
        : "pgbouncer is not installed; install it to run this test.");

    public static string SuperUserPassword => "of the super user";

    private static bool IsCI => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>Where folders for servers are made: in memory where there is room, for a disk of a busy machine makes every commit wait.</summary>
    /// <remarks>Who measures commits sets it to a folder on a disk, before the first server is started.</remarks>
    public static string TempRoot { get; set; } =
        new DriveInfo("/dev/shm") is { IsReady: true, AvailableFreeSpace: > 2L << 30 } ? "/dev/shm" : Path.GetTempPath();

    /// <summary>How to start one of PostgreSQL's programs, or one beside it, as a user whom it accepts.</summary>
    public static ProcessStartInfo Command(string program, params IEnumerable<string> arguments)
    {
        var path = program == "pgbouncer" ? FindBouncer() : Folder is null ? null : Path.Combine(Folder, program);
        if (path is null)
            throw new InvalidOperationException($"{program} is not installed here.");
        var start = Environment.UserName == "root"
            ? new ProcessStartInfo("setpriv", ["--reuid", User, "--regid", User, "--clear-groups", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.WorkingDirectory = "/";
        start.Environment["LC_ALL"] = "C.UTF-8";
        return start;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}: {await output} {await error}");
    }

    /// <summary>An empty folder that belongs to the user who runs the server.</summary>
    public static async Task<string> MakeFolderAsync(string topic)
    {
        var folder = Path.Combine(TempRoot, $"lockgrains-{topic}-{Guid.NewGuid():N}");
        IEnumerable<string> owner = Environment.UserName == "root" ? ["--owner", User, "--group", User] : [];
        await RunAsync(Outside("install", ["--directory", "--mode", "700", .. owner, folder]));
        return folder;
    }

    /// <summary>A folder with a fresh database cluster in it.</summary>
    public static async Task<string> MakeDataAsync() => await CopyAsync(await Template.Value, "postgres");

    /// <summary>A copy of a folder, with its owner and rights.</summary>
    public static async Task<string> CopyAsync(string source, string topic)
    {
        var folder = await MakeFolderAsync(topic);
        await RunAsync(Outside("cp", "-a", source + "/.", folder));
        return folder;
    }

    /// <summary>Deletes a folder of the server's.</summary>
    public static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static ProcessStartInfo Outside(string program, params IEnumerable<string> arguments) =>
        new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

    // Once for a run of the tests: it takes a second or two.
    private static async Task<string> MakeTemplateAsync()
    {
        var folder = await MakeFolderAsync("postgres-template");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(folder);
        var password = Path.Combine(folder, "..", $"lockgrains-password-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(password, SuperUserPassword);
        try
        {
            await RunAsync(Command(
                "initdb", "--pgdata", folder, "--username", "postgres", "--pwfile", password, "--auth", "scram-sha-256",
                "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"));
        }
        finally
        {
            File.Delete(password);
        }

        await File.AppendAllLinesAsync(Path.Combine(folder, "pg_hba.conf"), ["host replication all 127.0.0.1/32 scram-sha-256", "host all all samenet scram-sha-256"]);
        return folder;
    }

    private static string? FindFolder()
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var versions = Directory.Exists(SystemFolder) ? Directory.GetDirectories(SystemFolder) : [];
        return paths.Concat(versions.OrderByDescending(Version).Select(version => Path.Combine(version, "bin")))
            .FirstOrDefault(folder => Programs.All(program => File.Exists(Path.Combine(folder, program))));
    }

    private static double Version(string folder) =>
        double.TryParse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture, out var version) ? version : 0;

    private static string? FindBouncer() => BouncerPlaces.FirstOrDefault(File.Exists);
}
