using System.Globalization;
using System.Net;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>A silo by itself, whose locks are in a file: over a crash, over a full disk, and when the disk answers with an error.</summary>
public sealed class DurableSiloTests : IDisposable
{
    private const int Bytes = 64 * 1024;

    private readonly TempFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TestProcess.Guard };
    private readonly List<IDisposable> _started = [];

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task DefaultSilo_KilledAndStartedAgain_TheHolderKeepsItsLock()
    {
        var silo = Add(SiloProcess.StartByDefault(_folder.Path));
        Assert.EndsWith($"storage SQLite {_folder.File("lockgrains/lockgrains.db")}", await silo.WhenReadyAsync(), StringComparison.Ordinal);
        var holder = Run(silo, "report", "60s", "sh", "-c", "echo holding $LOCK_FENCING_TOKEN; read line");
        var token = TokenOf(await holder.WhenLineAsync("holding"));

        silo.Process.Signal(Posix.SigKill);
        await silo.Process.WhenExitedAsync();
        silo = Add(SiloProcess.StartByDefault(_folder.Path, silo));
        await silo.WhenReadyAsync();

        var other = Run(silo, "report", "0", "echo", "ran");
        await other.ExpectExitAsync(75);
        Assert.Empty(other.Out);
        await holder.WriteInputAsync("end\n");
        await holder.ExpectExitAsync(0);
        var next = Run(silo, "report", "60s", "sh", "-c", "echo holding $LOCK_FENCING_TOKEN");
        await next.ExpectExitAsync(0);
        Assert.True(TokenOf(Assert.Single(next.Out)) > token);
    }

    [Fact]
    public async Task SecondSilo_OnTheSameFile_Exits64InOneLine()
    {
        var path = _folder.File("my locks.db");
        var first = Add(SiloProcess.Start("--data", path));
        await first.WhenReadyAsync();
        var second = Add(SiloProcess.Start("--data", path));
        await second.Process.ExpectExitAsync(64);
        Assert.Contains($"'{path}' cannot keep the locks: another silo, or another program, has it open", Assert.Single(second.Process.Error), StringComparison.Ordinal);
        Assert.DoesNotContain(second.Process.Out, line => line.Contains("fail:", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await HealthAsync(first)).Status);
    }

    [PrivateMountFact]
    public async Task FullDisk_IsNotReadyAndRefusesLocks_UntilThereIsRoom()
    {
        var silo = Add(SiloProcess.StartWrapped(command => PrivateMount.Small(_folder.Path, "4m", command), ["--data", _folder.File("locks.db"), .. TestAccess.Anonymous]));
        await silo.WhenReadyAsync();
        Assert.Equal(HttpStatusCode.OK, (await HealthAsync(silo)).Status);
        var rest = PrivateMount.Reach(silo.Process.Id, _folder.File("rest"));
        FillUp(rest);

        // There may be a last page in a file that was begun.
        var health = await WhenHealthAsync(silo, HttpStatusCode.ServiceUnavailable);
        Assert.Equal("storage does not take writes\n", health);
        await silo.Process.WhenLineAsync("its disk is full");
        var refused = Run(silo, "full", "0", "echo", "ran");
        Assert.NotEqual(0, await refused.WhenExitedAsync());
        Assert.Empty(refused.Out);

        File.Delete(rest);
        await WhenHealthAsync(silo, HttpStatusCode.OK);
        await Run(silo, "full", "60s", "true").ExpectExitAsync(0);
    }

    [RequiresFact("sh", "prlimit")]
    public async Task DiskThatAnswersWithAnError_EndsTheSiloInOneLine()
    {
        var path = _folder.File("locks.db");
        var silo = Add(SiloProcess.StartWrapped(static command => ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", .. command], "--data", path));
        await silo.WhenReadyAsync();
        Assert.Equal(HttpStatusCode.OK, (await HealthAsync(silo)).Status);

        // From now on a write beyond what the log has is an error, and not that of a full disk.
        var size = new FileInfo($"{path}-wal").Length;
        using var limit = TestProcess.Start(
            "prlimit", "prlimit", ["--pid", $"{silo.Process.Id}", string.Create(CultureInfo.InvariantCulture, $"--fsize={size}")]);
        await limit.ExpectExitAsync(0);
        await WriteUntilItEndsAsync(silo);

        await silo.Process.ExpectExitAsync(74);
        var said = Assert.Single(silo.Process.Out, line => line.Contains("crit:", StringComparison.Ordinal));
        Assert.Contains($"'{path}' cannot keep the locks: its disk answers with an error", said, StringComparison.Ordinal);
        Assert.Contains("this process ends", said, StringComparison.Ordinal);
    }

    private static long TokenOf(string line) => long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);

    private static void FillUp(string path)
    {
        using var file = File.Create(path, bufferSize: 1);
        for (var size = Bytes; size > 0;)
        {
            try
            {
                file.Write(new byte[size]);
                file.Flush();
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    private async Task<(HttpStatusCode Status, string Text)> HealthAsync(SiloProcess silo)
    {
        using var response = await _http.GetAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/health/ready"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    // A look at its health is a write, one a second.
    private async Task WriteUntilItEndsAsync(SiloProcess silo)
    {
        try
        {
            using var guard = new CancellationTokenSource(TestProcess.Guard, TimeProvider.System);
            while (!guard.IsCancellationRequested)
                await HealthAsync(silo);
        }
        catch (HttpRequestException)
        {
            // It has ended.
        }
    }

    private async Task<string> WhenHealthAsync(SiloProcess silo, HttpStatusCode status)
    {
        using var guard = new CancellationTokenSource(TestProcess.Guard, TimeProvider.System);
        while (true)
        {
            var (found, text) = await HealthAsync(silo);
            if (found == status)
                return text;
            guard.Token.ThrowIfCancellationRequested();
        }
    }

    private TestProcess Run(SiloProcess silo, string key, string wait, params string[] command) => Add(
        Programs.StartCliWith([], ["run", key, "--lease", "5m", "--server", silo.Url, "--wait", wait, "--", .. command]));

    private T Add<T>(T started)
        where T : IDisposable
    {
        _started.Add(started);
        return started;
    }
}
