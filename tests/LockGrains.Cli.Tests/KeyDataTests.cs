using System.Text;
using System.Text.Json;
using LockGrains.Cli.Commands;
using LockGrains.Cli.Streams;

namespace LockGrains.Cli.Tests;

/// <summary>A lock's value and limit, as they are shown.</summary>
public sealed class KeyDataTests
{
    private static readonly LockValue NoText = new() { Bytes = [0xff, 0x00] };

    [Theory]
    [InlineData("10.0.0.7:5000", "10.0.0.7:5000")]
    [InlineData("a\nb\r\n\tc", @"a\nb\r\n\tc")]
    [InlineData("\u001b[2Jgone\u0007\u009b", @"\x1b[2Jgone\x07\x9b")]
    public void Line_OfAValue_IsOneAndHarmless(string text, string line) => Assert.Equal(line, ValueText.ToLine(LockValue.OfText(text)));

    [Theory]
    [InlineData("", 60, false)]
    [InlineData("", 61, true)]
    [InlineData("\n", 58, false)]
    [InlineData("\n", 59, true)]
    [InlineData("\U0001f512", 59, true)]
    public void Line_OfALongValue_Has60Characters(string begin, int letters, bool isCut)
    {
        var line = ValueText.ToLine(LockValue.OfText(begin + new string('x', letters)));

        Assert.Equal(60, line.Length);
        Assert.Equal(isCut, line.EndsWith('…'));
    }

    [Theory]
    [InlineData(58)]
    [InlineData(59)]
    public void Line_CutAtAnEscape_HasNoPartOfIt(int letters) =>
        Assert.Equal($"{new string('x', letters)}…", ValueText.ToLine(LockValue.OfText($"{new string('x', letters)}\nmore")));

    [Theory]
    [InlineData(null, "ends with its hold")]
    [InlineData(30, "kept for about 30s")]
    [InlineData(604_799, "kept for about 7d")]
    [InlineData(5_399, "kept for about 90m")]
    public void End_OfAValue_IsToldRoughly(int? seconds, string text) => Assert.Equal(
        text, ValueText.DescribeEnd(LockValue.OfText("x", seconds is { } some ? TimeSpan.FromSeconds(some) : null)));

    [Fact]
    public void Status_LimitAndValue_AreShownWhereThereAreAny()
    {
        var info = new LockInfo { Known = true, Limit = 3, LimitVersion = 2, Value = LockValue.OfText("a\nb", TimeSpan.FromDays(3)) };
        var table = StatusText.ToTable("k", info);
        Assert.Contains("limit       3\n", table.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("value       a\\nb  (kept for about 3d)\n", table.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        var without = StatusText.ToTable("k", new LockInfo { Known = true });
        Assert.DoesNotContain("limit", without, StringComparison.Ordinal);
        Assert.DoesNotContain("value", without, StringComparison.Ordinal);
    }

    [Fact]
    public void StatusJson_LimitAndValue_AreMembers()
    {
        using var json = JsonDocument.Parse(StatusText.ToJson("k", new LockInfo { Known = true, Limit = 3, LimitVersion = 2, Value = LockValue.OfText("a") }));
        Assert.Equal(3, json.RootElement.GetProperty("limit").GetInt32());
        Assert.Equal(2, json.RootElement.GetProperty("limitVersion").GetInt64());
        Assert.Equal("a", json.RootElement.GetProperty("value").GetProperty("text").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("value").GetProperty("keepForSeconds").ValueKind);

        using var none = JsonDocument.Parse(StatusText.ToJson("k", new LockInfo { Known = true }));
        Assert.Equal(JsonValueKind.Null, none.RootElement.GetProperty("limit").ValueKind);
        Assert.Equal(JsonValueKind.Null, none.RootElement.GetProperty("value").ValueKind);
    }

    [Fact]
    public void Status_PermitsOfTheKeysLimit_AreNoReaders()
    {
        var holder = new HolderInfo { OwnerId = "a", FencingToken = 7, Mode = LockMode.Shared, PermitNumbers = [0] };
        var table = StatusText.ToTable("k", new LockInfo { Known = true, Holders = [holder], HolderCount = 1, PermitsTaken = 1, Limit = 2 });
        Assert.Contains("held by     1 holder of permits, 1 permit taken", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Value_ToAProgram_IsItsBytesAndNothingElse()
    {
        using var stream = new MemoryStream();
        using var output = new OutputWriter(stream);

        Assert.Equal(ExitCode.Success, Show(new ValueReply { Value = NoText, Version = 1 }, output, isTerminal: false));
        Assert.Equal([0xff, 0x00], stream.ToArray());
    }

    [Fact]
    public void Value_ToATerminal_IsALineAndHarmless()
    {
        using var output = new StringWriter { NewLine = "\n" };
        Show(new ValueReply { Value = LockValue.OfText("one\n\ttwo\u001b[2J") }, output, isTerminal: true);
        Assert.Equal("one\n\ttwo\\x1b[2J\n", output.ToString());
    }

    [Fact]
    public void Value_None_IsSaidOnStandardErrorAndByTheExitCode()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(ExitCode.NotThere, Show(new ValueReply { Version = 4 }, output, isTerminal: false, error: error));
        Assert.Equal("", output.ToString());
        Assert.Equal("lockgrains: 'k' has no value", error.ToString().TrimEnd());
    }

    [Fact]
    public void ValueJson_Text_HasAllMembers()
    {
        using var json = ShowJson(new ValueReply { Value = LockValue.OfText("page 7", TimeSpan.FromMinutes(1)), Version = 4 }, ExitCode.Success);
        var value = json.RootElement.GetProperty("value");
        Assert.Equal("k", json.RootElement.GetProperty("key").GetString());
        Assert.Equal(4, json.RootElement.GetProperty("version").GetInt64());
        Assert.Equal("page 7", value.GetProperty("text").GetString());
        Assert.Equal("page 7", Encoding.UTF8.GetString(value.GetProperty("base64").GetBytesFromBase64()));
        Assert.Equal(60, value.GetProperty("keepForSeconds").GetDouble());
    }

    [Fact]
    public void ValueJson_NoText_HasItsBytesAlone()
    {
        using var json = ShowJson(new ValueReply { Value = NoText }, ExitCode.Success);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("value").GetProperty("text").ValueKind);
        Assert.Equal([0xff, 0x00], json.RootElement.GetProperty("value").GetProperty("base64").GetBytesFromBase64());
    }

    [Fact]
    public void ValueJson_None_IsPrintedAndToldByTheExitCode()
    {
        using var json = ShowJson(new ValueReply { Version = 4 }, ExitCode.NotThere);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("value").ValueKind);
    }

    [Theory]
    [InlineData(5, 3, "the limit of 'k' is 5, not 3; nothing changed")]
    [InlineData(null, 3, "the limit of 'k' is none, not 3; nothing changed")]
    [InlineData(5, 0, "the limit of 'k' is 5, not none; nothing changed")]
    [InlineData(5, 5, "the limit of 'k' is 5, set by another meanwhile; nothing changed")]
    public void Limit_Conflict_SaysWhatItIs(int? limit, int from, string text) =>
        Assert.Equal(text, LimitCommand.DescribeConflict("k", new LimitReply { Status = LimitStatus.Conflict, Limit = limit }, from));

    [Theory]
    [InlineData(null, null, "none")]
    [InlineData("none", 0, "none")]
    [InlineData("1", 1, "1")]
    [InlineData("1000000", 1_000_000, "1000000")]
    public void Limit_Text_IsReadAndShown(string? text, int? limit, string shown)
    {
        Assert.Equal(limit, LimitText.Find(text));
        Assert.Equal(shown, LimitText.Format(limit));
    }

    private static JsonDocument ShowJson(ValueReply reply, int exitCode)
    {
        using var output = new StringWriter();
        Assert.Equal(exitCode, Show(reply, output, isTerminal: false, json: true));
        return JsonDocument.Parse(output.ToString());
    }

    private static int Show(ValueReply reply, TextWriter output, bool isTerminal, bool json = false, TextWriter? error = null)
    {
        var line = LockCommandLine.Create([], _ => null);
        var context = line.ReadContext(line.Parse(["value", "k"])) with { Out = output, Error = error ?? TextWriter.Null };
        return ValueCommand.Show("k", reply, json, isTerminal, context);
    }
}
