using System.Data.Common;

namespace LockGrains.Fencing.Tests;

/// <summary>The database that one body of the contract runs on.</summary>
public abstract class FenceDatabase : IAsyncLifetime
{
    public abstract FenceDialect Dialect { get; }

    /// <summary>The column type of an ever larger id.</summary>
    public abstract string IdType { get; }

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    /// <summary>A connection that waits patiently for others: a slow machine is no failure.</summary>
    public abstract Task<DbConnection> OpenAsync();

    /// <summary>Begins a transaction that takes no lock before its first statement.</summary>
    public abstract ValueTask<DbTransaction> BeginAsync(DbConnection connection);

    /// <summary>Lets a session pass, and comes back when it is seen that it has to wait for another one.</summary>
    public abstract Task<Task<bool>> StartWaitingAsync(Session session, FenceTable fences, Fence fence);

    public async Task<Session> BeginAsync()
    {
        var connection = await OpenAsync();
        return new Session(connection, await BeginAsync(connection));
    }

    /// <summary>A table of one test's own, which is created.</summary>
    public async Task<FenceTable> NewTableAsync()
    {
        var fences = new FenceTable(Dialect, $"fences_{Guid.NewGuid():N}");
        await using var connection = await OpenAsync();
        await fences.CreateAsync(connection);
        return fences;
    }

    /// <summary>Runs a statement alone.</summary>
    public async Task<object?> AskAsync(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = await OpenAsync();
        return await Session.AskAsync(connection, null, sql, parameters);
    }
}
