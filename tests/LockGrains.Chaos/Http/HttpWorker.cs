namespace LockGrains.Chaos;

/// <summary>A process of callers that know nothing of Orleans: plain HTTP to the silos.</summary>
internal static class HttpWorker
{
    public const string Verb = "http-worker";

    /// <summary>The variable that has the secret of its access key: a command line is read by everybody.</summary>
    public const string SecretVariable = "CHAOS_ACCESS_SECRET";

    private const int CallersOfKey = 2;

    public static async Task<int> RunAsync(WorkerOptions options)
    {
        var history = HistoryWriter.OnConsole();
        using var ending = StandardInput.WhenClosed();
        using var resource = new ResourceClient(options.Resource);
        using var http = HttpApi.MakeClient(Environment.GetEnvironmentVariable(SecretVariable)!);
        var callers = new List<Task> { history.BeatAsync(ending.Token) };
        var seed = options.Seed;
        foreach (var key in LoadKeys.OverHttp)
        {
            for (var number = 0; number < CallersOfKey; number++)
            {
                var random = new Random(++seed);
                callers.Add(new HttpCaller(options.Name, new HttpApi(http, options.Servers, random), resource, history, random).RunAsync(key, ending.Token));
            }
        }

        Console.WriteLine(Worker.Ready);
        await Task.WhenAll(callers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }
}
