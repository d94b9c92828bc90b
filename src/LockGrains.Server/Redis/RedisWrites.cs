using LockGrains.Core;
using StackExchange.Redis;

namespace LockGrains;

/// <summary>
/// Gathers the writes of many keys: while several scripts are on their way to Redis, what comes goes into the next one together. One that comes
/// while few are is sent at once. Each key has its own comparison and its own answer; a call that fails is unknown for all that it carried.
/// </summary>
internal sealed class RedisWrites(RedisLink link, TimeProvider timeProvider)
{
    /// <summary>
    /// The most scripts on their way at a time. With fewer, few workers wait for each other's round trip: with 1, sixteen of them came to 0.9 of what
    /// they do without gathering. With many more nothing gathers.
    /// </summary>
    internal const int ScriptsMax = 8;

    /// <summary>The most keys in one script: they take Redis about half a millisecond, in which it does nothing else.</summary>
    internal const int KeysMax = 128;

    /// <summary>The most bytes in one script, for the same reason. One that is larger goes alone.</summary>
    internal const int BytesMax = 256 * 1024;

    // As Orleans' Redis storage compares and writes. Only the look at a key may fail for that key alone: something else may be there. A failed write
    // fails the call, whose outcome is then unknown for all its keys.
    private const string Script = """
        local replies = {}
        for number, key in ipairs(KEYS) do
            local last = number * 3
            local etag = redis.pcall('HGET', key, 'etag')
            if type(etag) == 'table' then
                replies[number] = etag.err
            elseif etag == ARGV[last - 2] or (not etag and ARGV[last - 2] == '') then
                redis.call('HSET', key, 'etag', ARGV[last - 1], 'data', ARGV[last])
                replies[number] = 1
            else
                replies[number] = 0
            end
        end
        return replies
        """;

    private readonly Lock _gate = new();
    private readonly Queue<Write> _gathered = new();
    private int _onTheirWay;
    private volatile ServerKind _servers;

    /// <summary>Writes a record if its ETag is still the one given.</summary>
    /// <param name="grainId">Whose record.</param>
    /// <param name="name">Which one.</param>
    /// <param name="etag">The ETag that was read or written last; null when there was no record.</param>
    /// <param name="data">The new content.</param>
    public Task<StoreWrite> CompareAndSetAsync(GrainId grainId, RecordName name, string? etag, ReadOnlyMemory<byte> data)
    {
        var write = new Write(link.KeyOf(grainId, name), etag, data, timeProvider.GetTimestamp());
        if (FindServers() != ServerKind.One)
        {
            _ = SendAloneAsync(write);
            return write.Answer.Task;
        }

        lock (_gate)
        {
            if (_onTheirWay == ScriptsMax)
            {
                _gathered.Enqueue(write);
                return write.Answer.Task;
            }

            _onTheirWay++;
        }

        _ = SendAsync([write]);
        return write.Answer.Task;
    }

    private async Task SendAloneAsync(Write write) => write.Take(await RunAsync([write]).ConfigureAwait(false), 0);

    /// <summary>Sends these, and then what has gathered, until nothing has.</summary>
    private async Task SendAsync(Write[] writes)
    {
        var underWay = RunAsync(writes);
        while (writes.Length > 0)
        {
            var replies = await underWay.ConfigureAwait(false);

            // The next is on its way before anybody goes on: who is answered may write again at once, and that is for the one after it.
            var next = TakeGathered();
            if (next.Length > 0)
                underWay = RunAsync(next);
            for (var index = 0; index < writes.Length; index++)
                writes[index].Take(replies, index);
            writes = next;
        }
    }

    /// <summary>Takes what goes into the next script; nothing where nothing has gathered, and the next that comes is sent at once.</summary>
    private Write[] TakeGathered()
    {
        var taken = new List<Write>();
        List<Write>? late = null;
        lock (_gate)
        {
            var bytes = 0;
            while (taken.Count < KeysMax && _gathered.TryPeek(out var next) && (taken.Count == 0 || bytes + next.Data.Length <= BytesMax))
            {
                _gathered.Dequeue();
                if (IsLate(next))
                {
                    (late ??= []).Add(next);
                    continue;
                }

                taken.Add(next);
                bytes += next.Data.Length;
            }

            if (taken.Count == 0)
                _onTheirWay--;
        }

        foreach (var write in late ?? [])
            write.Answer.TrySetException(new TimeoutException("It waited for the writes before it for so long that it was not sent to Redis."));
        return [.. taken];
    }

    /// <summary>Whether a write has waited for longer than Redis may take to answer it. Its caller is told so then: a write is not sent late.</summary>
    private bool IsLate(Write write) => timeProvider.GetElapsedTime(write.CameAt) > link.Timeout;

    /// <summary>Never fails: what was thrown is what each is answered.</summary>
    private async Task<Replies> RunAsync(Write[] writes)
    {
        try
        {
            var keys = new RedisKey[writes.Length];
            var values = new RedisValue[writes.Length * 3];
            for (var index = 0; index < writes.Length; index++)
            {
                keys[index] = writes[index].Key;
                values[index * 3] = writes[index].ETag ?? "";
                values[(index * 3) + 1] = writes[index].NextETag;
                values[(index * 3) + 2] = writes[index].Data;
            }

            var result = (RedisResult[]?)await link.Connection.GetDatabase().ScriptEvaluateAsync(Script, keys, values).ConfigureAwait(false);
            return result?.Length == writes.Length
                ? new Replies(result, null)
                : new Replies([], new InvalidOperationException($"Redis answered {writes.Length} writes with {result?.Length ?? 0} replies."));
        }
        catch (Exception exception)
        {
            return new Replies([], exception);
        }
    }

    private ServerKind FindServers()
    {
        if (_servers == ServerKind.Unknown && link.Connection.GetServers().Where(static server => server.IsConnected).ToList() is { Count: > 0 } servers)
            _servers = servers.TrueForAll(static server => server.ServerType == ServerType.Standalone) ? ServerKind.One : ServerKind.Many;
        return _servers;
    }

    private enum ServerKind
    {
        /// <summary>None is connected yet.</summary>
        Unknown,

        /// <summary>All keys are in one place, which may have replicas.</summary>
        One,

        /// <summary>A Redis Cluster, or a proxy: keys may live on different servers, and a script runs on one.</summary>
        Many,
    }

    private readonly record struct Replies(RedisResult[] Each, Exception? Failure);

    private sealed class Write(RedisKey key, string? etag, ReadOnlyMemory<byte> data, long cameAt)
    {
        public RedisKey Key => key;

        public string? ETag => etag;

        public ReadOnlyMemory<byte> Data => data;

        public long CameAt => cameAt;

        public string NextETag { get; } = Guid.NewGuid().ToString("N");

        // Who waits goes on by its own scheduler; another turn of the pool before that would be one for each write.
        public TaskCompletionSource<StoreWrite> Answer { get; } = new();

        public void Take(Replies replies, int index)
        {
            if (replies.Failure is { } failure)
                Answer.TrySetException(failure);
            else if (replies.Each[index].Resp2Type == ResultType.Integer)
                Answer.TrySetResult((int)replies.Each[index] == 1 ? StoreWrite.Written(NextETag) : StoreWrite.Conflict);
            else
                Answer.TrySetException(new RedisServerException((string)replies.Each[index]!));
        }
    }
}
