using System.Globalization;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>The stories in the folder Browser, which drive a real Chromium; what they need of npm is installed once, into the output folder of the tests.</summary>
public sealed class BrowserStories : IAsyncLifetime
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Browser");

    public async Task InitializeAsync()
    {
        if (RequiresFactAttribute.Find("npm") is not { } npm || IsInstalled)
            return;
        using var install = TestProcess.Start("npm", npm, ["ci", "--prefix", Folder, "--ignore-scripts", "--no-audit", "--no-fund"], ("NODE_ENV", null));
        await install.ExpectExitAsync(0);
        File.Copy(LockFile, InstalledFile, overwrite: true);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Starts a story over a silo.</summary>
    /// <param name="name">Its name, as its file exports it.</param>
    /// <param name="silo">The silo.</param>
    /// <param name="operatorKey">The access key that may do everything.</param>
    /// <param name="pictures">Where pictures go.</param>
    internal static TestProcess Start(string name, SiloProcess silo, string operatorKey, string? pictures = null) => TestProcess.Start(
        name,
        "node",
        [Path.Combine(Folder, "page.mjs"), name],
        ("LOCKGRAINS_CHROMIUM", RequiresFactAttribute.Find("chromium")),
        ("LOCKGRAINS_SERVER", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{silo.HttpPort}")),
        ("LOCKGRAINS_OPERATOR_KEY", operatorKey),
        ("LOCKGRAINS_PICTURES", pictures),

        // A proxy of whoever runs the tests does not reach this machine's loopback.
        ("no_proxy", "127.0.0.1"));

    private static string LockFile => Path.Combine(Folder, "package-lock.json");

    // What was installed last, whole.
    private static string InstalledFile => Path.Combine(Folder, "node_modules", ".installed-lock.json");

    private static bool IsInstalled => File.Exists(InstalledFile) && File.ReadAllText(InstalledFile) == File.ReadAllText(LockFile);
}
