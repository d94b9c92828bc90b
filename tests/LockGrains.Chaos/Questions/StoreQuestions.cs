using System.Net;
using StackExchange.Redis;

namespace LockGrains.Chaos;

/// <summary>
/// Questions about storage that no documentation answers, asked of a real Redis: what a compare-and-set costs, whether what was given up
/// still happens, and what callers see of each trouble.
/// </summary>
internal sealed class StoreQuestions : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockgrains-questions").FullName;
    private readonly TextWriter _output;

    private StoreQuestions(TextWriter output)
    {
        _output = output;
        Redis = new RedisNode(new Place("redis", IPAddress.Loopback, null), _folder, FreePort.Find());
        Proxy = new RespProxy(new IPEndPoint(IPAddress.Loopback, 0), Redis.EndPoint);
    }

    public RedisNode Redis { get; }

    public RespProxy Proxy { get; }

    public static async Task<int> RunAsync(IReadOnlyCollection<string> names, TextWriter output)
    {
        await using var questions = new StoreQuestions(output);
        await questions.Redis.StartAsync(CancellationToken.None);
        await questions.Proxy.StartAsync();
        if (names.Count == 0 || names.Contains("cost"))
            await new CompareAndSetCost(questions).AnswerAsync();
        if (names.Count == 0 || names.Contains("late"))
            await new LateCommands(questions).AnswerAsync();
        if (names.Count == 0 || names.Contains("errors"))
            await new SeenErrors(questions).AnswerAsync();
        return 0;
    }

    public Task SayAsync(string line) => _output.WriteLineAsync(line);

    /// <summary>Connects as a silo does.</summary>
    public static async Task<ConnectionMultiplexer> ConnectAsync(IPEndPoint endPoint, bool highIntegrity = true) =>
        await ConnectionMultiplexer.ConnectAsync(LockGrainsSiloBuilderExtensions.ParseRedis($"{endPoint},highIntegrity={highIntegrity}"));

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Redis.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
