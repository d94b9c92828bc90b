namespace LockGrains.Fencing;

/// <summary>Whose SQL a <see cref="FenceTable"/> speaks. Another one than the database's fails at the first statement, and lets nobody pass.</summary>
public enum FenceDialect
{
    /// <summary>SQLite, 3.37 or later.</summary>
    Sqlite = 1,

    /// <summary>PostgreSQL.</summary>
    PostgreSql = 2,
}
