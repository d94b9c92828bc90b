namespace LockGrains.Fencing;

/// <summary>
/// The statements of one table. A row is the largest token of a key and number. Number -1 stands for the whole key: a primary key takes no
/// null, and a column of its own keeps <c>orders#1</c> apart from permit 1 of <c>orders</c>.
/// </summary>
/// <param name="Definition">The table, if it is not there yet.</param>
/// <param name="Create">Runs the definition, also for many at once and for who may not create.</param>
/// <param name="Advance">Raises the token to that of a writer, and returns the token that is there then.</param>
/// <param name="Compare">Returns the token that is there, for a reader; no row where no writer has been.</param>
/// <param name="Claim">Makes the row for a reader that found none; null where a reader needs none.</param>
internal sealed record FenceSql(string Definition, string Create, string Advance, string Compare, string? Claim)
{
    /// <summary>The number of a fence without one.</summary>
    public const int NoNumber = -1;

    // Any number, but the same in all processes: two that find no table at the same moment would both create it, and one would fail.
    private const long AdvisoryLock = 7_310_295_184_462_907_113;

    /// <summary>Makes the statements.</summary>
    /// <param name="dialect">Whose SQL.</param>
    /// <param name="table">The table's name, quoted.</param>
    public static FenceSql For(FenceDialect dialect, string table) => dialect switch
    {
        FenceDialect.Sqlite => ForSqlite(table),
        FenceDialect.PostgreSql => ForPostgreSql(table),
        _ => throw new ArgumentOutOfRangeException(
            nameof(dialect), dialect, $"A dialect is {nameof(FenceDialect.Sqlite)} (1) or {nameof(FenceDialect.PostgreSql)} (2)."),
    };

    // The reader needs no lock and no row: all that its transaction reads is as of the moment of its first read, or, without a write-ahead
    // log, no writer commits before the reader's transaction ends.
    private static FenceSql ForSqlite(string table)
    {
        var definition = $"""
            create table if not exists {table} (
                key text not null,
                number integer not null,
                token integer not null,
                primary key (key, number)
            ) strict, without rowid
            """;
        return new FenceSql(definition, definition, AdvanceBy("max", table), $"select token from {table} where key = @key and number = @number", Claim: null);
    }

    // A writer waits for "for share" until the reader's transaction ends. A row that is not there cannot be locked, so the first reader
    // makes it, with a token that refuses nobody: else a writer could come in beside it unseen.
    private static FenceSql ForPostgreSql(string table)
    {
        // Compared byte by byte, so that no collation, nor a new version of one, can make two of one key or one of two. The row of a busy key is
        // rewritten all the time: half of each page is left free, so that the new version fits beside the old one.
        var definition = $"""
            create table if not exists {table} (
                key text collate "C" not null,
                number integer not null,
                token bigint not null,
                primary key (key, number)
            ) with (fillfactor = 50)
            """;

        // "if not exists" asks for the right to create even where the table is there.
        var create = $"""
            do $$ begin
                if to_regclass('{table}') is null then
                    perform pg_advisory_xact_lock({AdvisoryLock});
                    {definition};
                end if;
            end $$
            """;
        return new FenceSql(
            definition,
            create,
            AdvanceBy("greatest", table),
            $"select token from {table} where key = @key and number = @number for share",
            $"insert into {table} (key, number, token) values (@key, @number, 0) on conflict do nothing");
    }

    // One statement, whichever way it goes. It locks the row until the transaction ends, so that nobody passes between this check and the
    // commit of the work. It writes the row even if the token stays the same: a transaction that has read an older state then fails, where the
    // isolation level promises so.
    private static string AdvanceBy(string greatest, string table) => $"""
        insert into {table} as held (key, number, token) values (@key, @number, @token)
        on conflict (key, number) do update set token = {greatest}(held.token, excluded.token)
        returning token
        """;
}
