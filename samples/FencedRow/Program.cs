using LockGrains;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// A process can be paused between its last look at its lock and its write. No lock can prevent that. The row can: it
// keeps the highest token that wrote it, and refuses smaller ones. For work on more than one row: docs/FENCING.md.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Critical); // a lock that is lost is logged as an error
builder.UseOrleans(silo => silo
    .UseLocalhostClustering()
    .UseLockGrainsDefaults()
    .AddLockGrains()
    .AddLockGrainsMemoryStorage());
builder.Services.AddLockGrainsClient();
using var host = builder.Build();
await host.StartAsync();
var locks = host.Services.GetRequiredService<ILockClient>();
using var table = new ReportTable();

// Without renewals the first holder is, to its lock, as one that is paused from here on.
var asIfPaused = new AcquireOptions { Lease = TimeSpan.FromSeconds(2), Renew = false };
await using var first = await locks.AcquireAsync("report", options: asIfPaused);
Console.WriteLine("first: holds the lock, and is paused");

await using (var second = await locks.AcquireAsync("report"))
{
    Console.WriteLine($"second: holds the lock, since the first lease is over; its token is larger: {second.FencingToken > first.FencingToken}");
    Console.WriteLine($"second: its write is {Outcome(table.Write("by the second", second.FencingToken))}");
}

Console.WriteLine("first: wakes up, does not look at its lock, and writes");
Console.WriteLine($"first: its write is {Outcome(table.Write("by the first", first.FencingToken))}");
Console.WriteLine($"first: its handle knows that the lock was lost: {first.HandleLostToken.IsCancellationRequested}");
Console.WriteLine($"The row was written {table.Read()}.");
await host.StopAsync();

static string Outcome(bool written) => written ? "done" : "refused";

/// <summary>One row, which a smaller token than its own cannot change.</summary>
internal sealed class ReportTable : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");

    public ReportTable()
    {
        _connection.Open();
        using var create = _connection.CreateCommand();
        create.CommandText = """
            CREATE TABLE report (id INTEGER PRIMARY KEY, body TEXT NOT NULL, fence INTEGER NOT NULL);
            INSERT INTO report VALUES (1, 'by nobody', 0);
            """;
        create.ExecuteNonQuery();
    }

    /// <summary>Whether the row took the write. The comparison and the write are one statement: nothing comes between.</summary>
    public bool Write(string body, long fencingToken)
    {
        using var update = _connection.CreateCommand();
        update.CommandText = "UPDATE report SET body = @body, fence = @token WHERE id = 1 AND fence <= @token";
        update.Parameters.AddWithValue("@body", body);
        update.Parameters.AddWithValue("@token", fencingToken);
        return update.ExecuteNonQuery() == 1;
    }

    public string Read()
    {
        using var select = _connection.CreateCommand();
        select.CommandText = "SELECT body FROM report WHERE id = 1";
        return (string)select.ExecuteScalar()!;
    }

    public void Dispose() => _connection.Dispose();
}
