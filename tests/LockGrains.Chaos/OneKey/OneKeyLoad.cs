namespace LockGrains.Chaos;

/// <summary>A process of callers that all want one key, one turn after the other, and write down the places that they are told.</summary>
internal static class OneKeyLoad
{
    public const string DocumentVerb = "document-load";
    public const string PoolVerb = "pool-load";

    private const int CallersOfConnection = 8;
    private const int PauseMax = 20;

    // So that a writer learns that it is first while it still waits for the readers.
    private static readonly TimeSpan BeatPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>The verb of the process that has such a load.</summary>
    public static string VerbOf(LoadKind load) => load switch
    {
        LoadKind.Document => DocumentVerb,
        LoadKind.Pool => PoolVerb,
        _ => "worker",
    };

    public static Task<int> RunAsync(WorkerOptions options, Func<TurnDraw, Turn> draw) => Worker.RunAsync(
        options,
        (locks, ending) => LoadAsync(options, draw, locks, ending),
        BeatOften);

    /// <summary>Has a client send its heartbeat often, so that who waits is often told its place.</summary>
    public static void BeatOften(IClientBuilder orleans) => orleans.Services.Configure<LockClientOptions>(client => client.BeatPeriod = BeatPeriod);

    private static async Task LoadAsync(WorkerOptions options, Func<TurnDraw, Turn> draw, ILockClient locks, CancellationToken cancellationToken)
    {
        var history = HistoryWriter.OnConsole();
        var callers = new List<Task> { history.BeatAsync(cancellationToken) };
        var resources = new List<ResourceClient>();
        for (var number = 0; number < options.Contenders; number++)
        {
            if (number % CallersOfConnection == 0)
                resources.Add(new ResourceClient(options.Resource));
            var contender = new Contender(options.Name, locks, resources[^1], history, new Random(options.Seed + number));
            callers.Add(contender.TakeTurnsAsync(draw, 0, PauseMax, cancellationToken));
        }

        Console.WriteLine(Worker.Ready);
        await Task.WhenAll(callers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        resources.ForEach(resource => resource.Dispose());
    }
}
