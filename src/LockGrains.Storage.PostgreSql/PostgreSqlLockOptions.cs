namespace LockGrains;

/// <summary>Where in PostgreSQL the locks are kept. Checked when the silo starts.</summary>
public sealed class PostgreSqlLockOptions
{
    /// <summary>
    /// An Npgsql connection string, such as <c>Host=db;Username=lockgrains;Password=…;Database=lockgrains</c>. With several hosts, the one
    /// that takes writes is used. Unless it says otherwise: <c>Timeout=2</c> (s, to connect or to get a connection), <c>Command Timeout=2</c>
    /// (s; together less than <c>LockPolicy.StoreTimeout</c>), <c>Maximum Pool Size=32</c>. Default none; required.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// Whether to create the tables that are missing when the silo starts. Where they are there, nothing is created, and the role needs no
    /// right to. Off, missing tables stop the silo. Default true.
    /// </summary>
    public bool CreateSchema { get; set; } = true;
}
