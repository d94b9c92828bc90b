using StackExchange.Redis;

namespace LockGrains.Chaos;

/// <summary>Whether a command that the library has given up still reaches Redis.</summary>
internal sealed class LateCommands(StoreQuestions questions)
{
    private const int Count = 50;

    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(3);

    public async Task AnswerAsync()
    {
        await questions.SayAsync($"| {Count} writes are sent while | they end with | carried out in the end |");
        await questions.SayAsync("|---|---|--:|");
        await AskAsync("nothing flows, and then all (as after a partition)", () => Spoil(RespProxyMode.Blackhole), Heal);
        await AskAsync("replies do not flow", () => Spoil(RespProxyMode.BlackholeReplies), Heal);
        await AskAsync("Redis is stopped (SIGSTOP), and goes on", () => questions.Redis.Pause(), () => questions.Redis.Continue());
        await AskAsync("connections are reset before they reach Redis", () => Spoil(RespProxyMode.Reset), Heal);
        await AskAsync("connections are closed after they reached Redis", () => Spoil(RespProxyMode.DropReply), Heal);
        await AskAsync("Redis cannot be reached (refused)", () => Spoil(RespProxyMode.Refuse), Heal);
    }

    private void Spoil(RespProxyMode mode) => questions.Proxy.Rule = new RespProxyRule(mode) { Commands = RespCommands.All };

    private void Heal() => questions.Proxy.Rule = RespProxyRule.Pass;

    private async Task AskAsync(string what, Action spoil, Action heal)
    {
        var prefix = $"late-{Guid.NewGuid():N}";
        await using var connection = await StoreQuestions.ConnectAsync(questions.Proxy.EndPoint);
        var database = connection.GetDatabase();
        await database.PingAsync();
        spoil();
        var ends = await Task.WhenAll(Enumerable.Range(0, Count).Select(number => EndOfAsync(database, $"{prefix}-{number}")));
        var (direct, before) = (await questions.Redis.GetDatabaseAsync(), 0);
        heal();
        await FaultContext.LastAsync(Settled, CancellationToken.None);
        await database.PingAsync();
        for (var number = 0; number < Count; number++)
            before += await direct.KeyExistsAsync($"{prefix}-{number}") ? 1 : 0;
        var seen = ends.GroupBy(end => end).Select(group => $"{group.Count()} {group.Key}");
        await questions.SayAsync($"| {what} | {string.Join(", ", seen)} | {before} |");
    }

    private static async Task<string> EndOfAsync(IDatabase database, string key)
    {
        try
        {
            return await CompareAndSet.RunAsync(database, key, "", "etag", [1]) ? "done" : "conflict";
        }
        catch (Exception exception)
        {
            return exception.GetType().Name;
        }
    }
}
