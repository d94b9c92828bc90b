namespace LockGrains.Fencing.Tests;

/// <summary>What the locks protect: a history of who wrote, and for each key two cells that are written one after the other.</summary>
internal sealed class Work
{
    private readonly FenceDatabase _database;
    private readonly string _history = $"history_{Guid.NewGuid():N}";
    private readonly string _cells = $"cells_{Guid.NewGuid():N}";

    private Work(FenceDatabase database) => _database = database;

    public static async Task<Work> MakeAsync(FenceDatabase database)
    {
        var work = new Work(database);
        await database.AskAsync($"create table {work._history} (id {database.IdType}, key text not null, token bigint not null)");
        await database.AskAsync($"create table {work._cells} (key text not null, name text not null, token bigint not null, primary key (key, name))");
        return work;
    }

    /// <summary>Writes with the token of a hold, as a part of its transaction.</summary>
    public async Task WriteAsync(Session session, Fence fence)
    {
        await session.AskAsync($"insert into {_history} (key, token) values (@key, @token)", ("@key", fence.Key), ("@token", fence.Token));
        foreach (var cell in Cells)
        {
            await session.AskAsync(
                $"insert into {_cells} (key, name, token) values (@key, @name, @token) on conflict (key, name) do update set token = excluded.token",
                ("@key", fence.Key), ("@name", cell), ("@token", fence.Token));
        }
    }

    /// <summary>Who wrote each cell, cell after cell; 0 for nobody.</summary>
    public async Task<IReadOnlyList<long>> ReadCellsAsync(Session session, string key)
    {
        var tokens = new List<long>();
        foreach (var cell in Cells)
        {
            tokens.Add(await session.AskAsync($"select token from {_cells} where key = @key and name = @name", ("@key", key), ("@name", cell)) as long? ?? 0);
            await Task.Yield();
        }

        return tokens;
    }

    /// <summary>The tokens of all writes of a key that were committed, in the order in which they were made.</summary>
    public async Task<IReadOnlyList<long>> ReadHistoryAsync(string key)
    {
        await using var connection = await _database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"select token from {_history} where key = '{key}' order by id";
        await using var reader = await command.ExecuteReaderAsync();
        var tokens = new List<long>();
        while (await reader.ReadAsync())
            tokens.Add(reader.GetInt64(0));
        return tokens;
    }

    private static IReadOnlyList<string> Cells => ["first", "second"];
}
