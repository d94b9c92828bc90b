using System.Globalization;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>
/// The live page of a real silo in a real browser. What each story does, and what must be seen, is in the folder Browser: looking.mjs, operating.mjs
/// and reaching.mjs.
/// </summary>
public sealed class PageTests : IClassFixture<BrowserStories>, IDisposable
{
    // Whoever draws the pictures of the documents anew says where to: docs/images.
    private const string PicturesVariable = "LOCKGRAINS_PICTURES";

    private static readonly TimeSpan StoryGuard = TestProcess.Guard * 2;

    private readonly TempFolder _folder = new();
    private readonly List<IDisposable> _started = [];

    public void Dispose()
    {
        _started.Reverse();
        _started.ForEach(started => started.Dispose());
        _folder.Dispose();
    }

    [RequiresFact("chromium", "node", "npm")]
    public Task List_AndOneLock_ShowHoldersAndQueue_AndChangesAsTheyCome() => TellAsync("listAndLock");

    [RequiresFact("chromium", "node", "npm")]
    public Task Lease_TicksByDurations_AndShowsRenewals() => TellAsync("leaseTicks");

    [RequiresFact("chromium", "node", "npm")]
    public Task TextsOfOthers_WithMarkupAndHiddenCharacters_AreText() => TellAsync("hostileTexts");

    [RequiresFact("chromium", "node", "npm")]
    public Task Session_OfALock_IsShownUntilItIsOver() => TellAsync("sessionOfALock");

    [RequiresFact("chromium", "node", "npm")]
    public Task AccessKey_NoneWrongAndRight_AreToldApart() => TellAsync("accessKeys", "--LockGrains:Access:Anonymous", "none");

    [RequiresFact("chromium", "node", "npm")]
    public Task ForceRelease_WithKeyTypedAndReason_EndsThatHoldAlone() => TellAsync("forceRelease");

    [RequiresFact("chromium", "node", "npm")]
    public Task ForceRelease_InTwoTabsAtOnce_IsDoneByOne_AndTheOtherIsTold() => TellAsync("twoTabs");

    [RequiresFact("chromium", "node", "npm")]
    public Task ForceRelease_OfAHoldThatEnds_SaysSoAndHitsNoSuccessor() => TellAsync("dialogOfAHoldThatEnds");

    [RequiresFact("chromium", "node", "npm")]
    public Task ForceRelease_WithoutAnAccessKey_IsRefused() => TellAsync("withoutAKey", "--LockGrains:Access:Anonymous", "local");

    [RequiresFact("chromium", "node", "npm")]
    public Task KeysAlone_ReachTheRelease_AndTheFocusStays() => TellAsync("keysAlone", "--LockGrains:Access:Anonymous", "none");

    [RequiresFact("chromium", "node", "npm")]
    public Task Phone_ShowsAllWithoutScrollingSideways() => TellAsync("narrow");

    [RequiresFact("chromium", "node", "npm")]
    public Task Page_LightAndDark_KeepsTheRulesOfWcag() => TellAsync("accessible", "--LockGrains:Access:Anonymous", "none");

    [RequiresFact("chromium", "node", "npm")]
    public async Task FiftyThousandLocks_AndTenThousandWaiters_AreFollowed_AndDrawnInParts()
    {
        var (silo, key) = await StartAsync();
        await using var program = await OrleansProgram.StartAsync([silo], certificate: null);

        // Longer than a machine that is busy with all of this may stand still.
        await using var session = await program.Locks.OpenSessionAsync(new LockSessionOptions { Lease = TimeSpan.FromMinutes(5) });
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 50_000),
            new ParallelOptions { MaxDegreeOfParallelism = 256 },
            async (number, cancellationToken) => await session.AcquireAsync(KeyOf(number), cancellationToken: cancellationToken));
        using var end = new CancellationTokenSource();
        var waits = Enumerable.Range(0, 10_000).Select(_ => program.Locks.AcquireAsync(KeyOf(0), Timeout.InfiniteTimeSpan, cancellationToken: end.Token).AsTask()).ToList();
        await Eventually.BecomesAsync(() => program.Locks.GetInfoAsync(KeyOf(0)).AsTask(), info => info.QueueLength == waits.Count, "line of all who wait");

        await RunAsync("veryMany", silo, key);

        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits[^1]);

        static string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"many/{number:D5}");
    }

    [RequiresFact("chromium", "node", "npm")]
    public async Task SiloThatDies_AndComesBack_IsTold_AndThePageGoesOn()
    {
        // On the same ports, on what it had stored.
        var first = Add(SiloProcess.StartByDefault(_folder.Path));
        var key = await WhenReadyAsync(first);
        using var story = BrowserStories.Start("outage", first, key);
        await story.WhenLineAsync("kill the silo", StoryGuard);
        first.Process.Signal(Posix.SigKill);
        await first.Process.WhenExitedAsync();
        await story.WriteLineAsync("killed");
        await story.WhenLineAsync("start the silo", StoryGuard);
        await WhenReadyAsync(Add(SiloProcess.StartByDefault(_folder.Path, first)));
        await story.WriteLineAsync("started");
        await story.ExpectExitAsync(0, StoryGuard);
    }

    [RequiresFact("chromium", "node", "npm")]
    public async Task Pictures_ForTheDocuments_AreDrawn()
    {
        var folder = Environment.GetEnvironmentVariable(PicturesVariable) is { Length: > 0 } asked ? Path.Combine(Repository.Root, asked) : _folder.Path;

        await RunAsync("pictures", folder, "--LockGrains:Access:Anonymous", "none");

        Assert.Equal(
            ["page-dark.png", "page-lock.png", "page-release.png", "page.png"],
            Directory.GetFiles(folder, "page*.png").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static async Task<string> WhenReadyAsync(SiloProcess silo)
    {
        var line = await silo.Process.WhenLineAsync("The operator's access key");
        await silo.WhenReadyAsync();
        return (await File.ReadAllTextAsync(line.Split('\'')[^2])).Trim();
    }

    private Task TellAsync(string story, params string[] args) => RunAsync(story, pictures: null, args);

    private async Task RunAsync(string story, string? pictures, params string[] args)
    {
        var (silo, key) = await StartAsync(args);
        await RunAsync(story, silo, key, pictures);
    }

    private async Task<(SiloProcess Silo, string OperatorKey)> StartAsync(params string[] args)
    {
        var data = _folder.File("locks.db");
        var silo = Add(SiloProcess.Start(["--data", data, .. args]));
        await silo.Process.WhenLineAsync("The operator's access key");
        await silo.WhenReadyAsync();
        return (silo, (await File.ReadAllTextAsync($"{data}.operator-key")).Trim());
    }

    private static async Task RunAsync(string story, SiloProcess silo, string operatorKey, string? pictures = null)
    {
        using var process = BrowserStories.Start(story, silo, operatorKey, pictures);
        await process.ExpectExitAsync(0, StoryGuard);
    }

    private T Add<T>(T started)
        where T : IDisposable
    {
        _started.Add(started);
        return started;
    }
}
