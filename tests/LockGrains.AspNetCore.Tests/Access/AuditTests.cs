using System.Net;
using LockGrains.AspNetCore.Access;
using Microsoft.Extensions.Logging;

namespace LockGrains.AspNetCore.Tests.Access;

/// <summary>Each revocation and each limit is one line, whatever its texts have in them.</summary>
public sealed class AuditTests
{
    [Fact]
    public void Revoked_SaysWhoKeyTokenReasonAndResult()
    {
        var line = Write(audit => audit.Revoked(new AuditedCall("ops", IPAddress.Parse("10.0.0.7"), "billing/42", "host is gone"), 17, "revoked"));

        Assert.Equal(new LogLine("LockGrains.Audit", 461, LogLevel.Warning, "ops at 10.0.0.7 revoked \"billing/42\", fencing token 17, reason \"host is gone\": revoked"), line);
    }

    [Theory]
    [InlineData(3, "3")]
    [InlineData(null, "none")]
    public void LimitSet_SaysWhoKeyLimitReasonAndResult(int? limit, string said)
    {
        var line = Write(audit => audit.LimitSet(new AuditedCall("ops", IPAddress.IPv6Loopback, "exports", null), limit, "conflict"));

        Assert.Equal(new LogLine("LockGrains.Audit", 462, LogLevel.Warning, $"ops at ::1 set the limit of \"exports\" to {said}, reason none: conflict"), line);
    }

    [Fact]
    public void SessionRevoked_SaysWhoSessionReasonAndResult()
    {
        var line = Write(audit => audit.SessionRevoked(new AuditedCall("ops", IPAddress.Loopback, "s\n1", "gone"), "revoked"));

        Assert.Equal(new LogLine("LockGrains.Audit", 463, LogLevel.Warning, "ops at 127.0.0.1 revoked the session \"s\\u{A}1\", reason \"gone\": revoked"), line);
    }

    [Theory]
    [InlineData("a\nwarn: forged", "\"a\\u{A}warn: forged\"")]
    [InlineData("a\r\n", "\"a\\u{D}\\u{A}\"")]
    [InlineData("\u001b[2J", "\"\\u{1B}[2J\"")]
    [InlineData("\u2028\u2029\u0085", "\"\\u{2028}\\u{2029}\\u{85}\"")]
    [InlineData("\u202Egnp.exe", "\"\\u{202E}gnp.exe\"")]
    [InlineData("say \"x\": revoked", "\"say \\\"x\\\": revoked\"")]
    [InlineData("back\\slash", "\"back\\\\slash\"")]
    [InlineData("é \U0001F511", "\"é \U0001F511\"")]
    [InlineData("{0} {Who}", "\"{0} {Who}\"")]
    [InlineData("", "\"\"")]
    public void Text_OfARequest_CannotForgeALine(string text, string quoted)
    {
        var line = Write(audit => audit.Revoked(new AuditedCall("ops", null, text, text), 0, "not-held"));

        Assert.Contains($"revoked {quoted}, fencing token 0, reason {quoted}: not-held", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(line.Text, char.IsControl);
    }

    /// <summary>Whoever has no key was refused, and could write as many lines as it likes.</summary>
    [Theory]
    [InlineData("anonymous")]
    [InlineData("")]
    public void RefusalOfNobody_IsNoLine(string who)
    {
        using var lines = new LogLines();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(lines));
        var audit = new Audit(loggers);

        audit.Revoked(new AuditedCall(who, IPAddress.Loopback, "a", "b"), 1, "forbidden");
        audit.LimitSet(new AuditedCall(who, IPAddress.Loopback, "a", "b"), 1, "forbidden");
        audit.SessionRevoked(new AuditedCall(who, IPAddress.Loopback, "a", "b"), "forbidden");

        Assert.Empty(lines.All);
    }

    [Fact]
    public void Text_ThatIsVeryLong_IsCut() => Assert.InRange(Audit.Quote(new string('x', 1_000_000)).Length, 1000, 1100);

    private static LogLine Write(Action<IAudit> write)
    {
        using var lines = new LogLines();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(lines));
        write(new Audit(loggers));
        return Assert.Single(lines.All);
    }
}
