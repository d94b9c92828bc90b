using Npgsql;

namespace LockGrains.PostgreSql.Tests;

/// <summary>What a connection string must be; needs no server.</summary>
public sealed class ConnectionStringTests
{
    [Theory]
    [InlineData(null, "is empty")]
    [InlineData("   ", "is empty")]
    [InlineData("postgres://user:secret@host/db", "is an address")]
    [InlineData("postgres://user:secret@host/db?sslmode=require", "is an address")]
    [InlineData("Username=a;Password=secret", "names no host")]
    [InlineData("Host=h;Password=se;cret=x;Database=d", "is malformed at setting 3 of 4")]
    [InlineData("Host=h;Port=secret", "is malformed at setting 2 of 2")]
    [InlineData("Host=h;secret", "is malformed")]
    [InlineData("Host=h;Multiplexing=true;Password=secret", "Multiplexing=true")]
    [InlineData("Host=h;Cancellation Timeout=500", "Cancellation Timeout=500")]
    [InlineData("Host=h;Target Session Attributes=any", "Target Session Attributes")]
    [InlineData("Host=h;Target Session Attributes=prefer-standby", "Target Session Attributes")]
    [InlineData("Host=h;Command Timeout=0", "Command Timeout=0")]
    [InlineData("Host=h;Timeout=0", "Timeout=0")]
    public void FindProblem_Bad_IsNamedWithoutAnyValueThatCouldBeAPassword(string? text, string named)
    {
        var problem = PostgreSqlLocks.FindProblem(text);

        Assert.Contains(named, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=h")]
    [InlineData("Host=a,b:5433;Target Session Attributes=primary;SSL Mode=VerifyFull")]
    [InlineData("Host=/var/run/postgresql;Username=u;Password='a;b=c'")]
    [InlineData("Server=h;CommandTimeout=1;Timeout=1")]
    public void FindProblem_Good_IsNull(string text) => Assert.Null(PostgreSqlLocks.FindProblem(text));

    [Fact]
    public void Parse_Defaults_AreThoseOfLocksAndTheStringsOwnCount()
    {
        var defaults = PostgreSqlConnectionString.Parse("Host=h");
        var own = PostgreSqlConnectionString.Parse("Host=h;CommandTimeout=7;Maximum Pool Size=5;Enlist=true;No Reset On Close=false");

        Assert.Equal((2, 2, 32, 1), (defaults.Timeout, defaults.CommandTimeout, defaults.MaxPoolSize, defaults.HostRecheckSeconds));
        Assert.Equal((2, 7, 5), (own.Timeout, own.CommandTimeout, own.MaxPoolSize));
        Assert.All([defaults, own], builder => Assert.Equal((-1, false, true, false), (builder.CancellationTimeout, builder.Enlist, builder.NoResetOnClose, builder.Multiplexing)));
    }

    [Fact]
    public void ForMembership_SeveralHosts_FindsTheOneThatTakesWrites()
    {
        var text = new NpgsqlConnectionStringBuilder(PostgreSqlConnectionString.ForMembership("Host=a,b;Password=p"));

        Assert.Equal(("read-write", 8, "p"), (text.TargetSessionAttributes, text.MaxPoolSize, text.Password));
    }

    [Theory]
    [InlineData("Host=localhost", true)]
    [InlineData("Host=127.0.0.1:5433,::1", true)]
    [InlineData("Host=/run/postgresql", true)]
    [InlineData("Host=localhost,db.example.org", false)]
    [InlineData("Host=10.0.0.1", false)]
    public void IsLocal_IsTrueOnlyWhereNobodyIsOnTheWay(string text, bool expected) =>
        Assert.Equal(expected, PostgreSqlConnectionString.IsLocal(new NpgsqlConnectionStringBuilder(text)));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\0b")]
    public void Locks_BadService_IsRefusedInTheCall(string service) =>
        Assert.ThrowsAny<ArgumentException>(() => new PostgreSqlLocks(new PostgreSqlLockOptions { ConnectionString = "Host=h" }, service));

    [Fact]
    public void Locks_BadConnectionString_IsRefusedInTheCall()
    {
        var exception = Assert.Throws<ArgumentException>("options", () => new PostgreSqlLocks(new PostgreSqlLockOptions { ConnectionString = "Password=secret" }, "s"));

        Assert.Contains("ConnectionString names no host", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db", false, false, true)]
    [InlineData("Host=db", true, false, false)]
    [InlineData("Host=localhost", false, false, false)]
    [InlineData("Host=db", true, true, true)]
    [InlineData("Host=db;SSL Mode=VerifyFull", false, true, false)]
    public void FindWarning_PasswordInTheClearOnTheWay_IsWarnedOf(string text, bool isEncrypted, bool isPooled, bool expected)
    {
        var facts = new ServerFacts { IsEncrypted = isEncrypted, IsPooled = isPooled };

        Assert.Equal(expected, ServerRules.FindWarning(facts, new NpgsqlConnectionStringBuilder(text)) is not null);
    }

    [Theory]
    [InlineData("WARNING", true)]
    [InlineData("ERROR", true)]
    [InlineData("", true)]
    [InlineData(null, true)]
    [InlineData("NOTICE", false)]
    [InlineData("INFO", false)]
    public void IsWarning_AnythingNotKnownToBeHarmless(string? severity, bool expected) => Assert.Equal(expected, WarningWatch.IsWarning(severity));
}
