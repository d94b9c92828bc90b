using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;

namespace LockGrains.Storage.Tests;

/// <summary>
/// This assembly as a program: opens a SQLite file and does what it reads from its input, a request a line, all at the same time.
/// It is there to be killed.
/// </summary>
internal static class ChildProgram
{
    public static async Task<int> Main(string[] args)
    {
        if (args is not ["serve", var path])
        {
            await Console.Error.WriteLineAsync("usage: serve FILE");
            return 64;
        }

        using var stores = new SqliteLockStores(new SqliteStorageOptions { Path = path }, NullLogger.Instance);
        if (await stores.FindProblemAsync() is { } problem)
        {
            await Console.Error.WriteLineAsync(problem);
            return 65;
        }

        var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        await output.WriteLineAsync("open");

        // The end of the input ends it too, so that it does not outlive a test that was killed.
        while (await Console.In.ReadLineAsync() is { } line)
            _ = AnswerAsync(stores, JsonSerializer.Deserialize<ChildRequest>(line)!, output);
        return 0;
    }

    private static async Task AnswerAsync(SqliteLockStores stores, ChildRequest request, TextWriter output)
    {
        ChildReply reply;
        try
        {
            reply = await DoAsync(stores, request);
        }
        catch (Exception exception)
        {
            reply = new ChildReply(request.Id, Error: exception.Message);
        }

        // Told only now: what the parent has read was acknowledged.
        await output.WriteLineAsync(JsonSerializer.Serialize(reply));
    }

    private static async Task<ChildReply> DoAsync(SqliteLockStores stores, ChildRequest request)
    {
        var store = stores.Open(request.Space, request.Key);
        var name = request.Slot < 0 ? RecordName.Lock : RecordName.QueueSlot(request.Slot);
        if (request.Operation == ChildOperation.Load)
        {
            var record = await store.LoadAsync(name);
            return new ChildReply(request.Id, Data: record.Data.ToArray(), ETag: record.ETag);
        }

        var write = request.Operation == ChildOperation.Set
            ? await store.CompareAndSetAsync(name, request.ETag, request.Data)
            : await store.CompareAndDeleteAsync(name, request.ETag!);
        return new ChildReply(request.Id, ETag: write.ETag, IsConflict: write.IsConflict);
    }
}

internal enum ChildOperation
{
    None,
    Load,
    Set,
    Delete,
}

internal sealed record ChildRequest(
    long Id, ChildOperation Operation, LockSpace Space, string Key, int Slot, string? ETag = null, byte[]? Data = null);

internal sealed record ChildReply(long Id, byte[]? Data = null, string? ETag = null, bool IsConflict = false, string? Error = null);
