namespace LockGrains.Fencing.Tests;

/// <summary>What a table may be called, and what it is made from.</summary>
public sealed class FenceTableTests
{
    [Theory]
    [InlineData("lock_fences")]
    [InlineData("_")]
    [InlineData("Fences2")]
    [InlineData("select")]
    [InlineData("app.lock_fences")]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890_3.b123456789012345678901234567890123456789012345678901234567890_3")]
    public void Name_OfLettersDigitsAndUnderscores_IsKeptAndQuoted(string name)
    {
        var fences = new FenceTable(FenceDialect.PostgreSql, name);

        Assert.Equal(name, fences.Name);
        Assert.Contains($"create table if not exists \"{string.Join("\".\"", name.Split('.'))}\" (", fences.CreateScript, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("1st")]
    [InlineData("a b")]
    [InlineData("a-b")]
    [InlineData("é")]
    [InlineData("a\"; drop table work; --")]
    [InlineData("a\n")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a.b.c")]
    [InlineData("a12345678901234567890123456789012345678901234567890123456789_64_")]
    public void Name_OfAnythingElse_IsRefusedWithItsValueAndTheRule(string name)
    {
        var exception = Assert.Throws<ArgumentException>(nameof(name), () => new FenceTable(FenceDialect.Sqlite, name));

        Assert.Contains("1 to 63 letters", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"'{name}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_Null_IsRefused() => Assert.Throws<ArgumentNullException>("name", () => new FenceTable(FenceDialect.Sqlite, null!));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Dialect_ThatThereIsNot_IsRefusedWithItsValueAndTheRange(int dialect)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(nameof(dialect), () => new FenceTable((FenceDialect)dialect));

        Assert.Equal((FenceDialect)dialect, exception.ActualValue);
        Assert.Contains("Sqlite (1) or PostgreSql (2)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_OfADialect_HasTheDefaultName()
    {
        var fences = new FenceTable(FenceDialect.Sqlite);

        Assert.Equal(FenceTable.DefaultName, fences.Name);
        Assert.Equal(FenceDialect.Sqlite, fences.Dialect);
    }

    [Fact]
    public void Pass_NoTransactionOrNoFence_IsRefusedAtOnce()
    {
        var fences = new FenceTable(FenceDialect.Sqlite);
        var fence = Fence.ForWriter("key", 1);

        Assert.Throws<ArgumentNullException>("transaction", () => { _ = fences.TryPassAsync(null!, fence); });
        Assert.Throws<ArgumentNullException>("transaction", () => { _ = fences.PassAsync(null!, fence); });
        Assert.Throws<ArgumentNullException>("connection", () => { _ = fences.CreateAsync(null!); });
    }
}
