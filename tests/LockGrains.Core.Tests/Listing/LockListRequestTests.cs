namespace LockGrains.Core.Tests.Listing;

/// <summary>Which lists may be asked for.</summary>
public sealed class LockListRequestTests
{
    public static TheoryData<string, string?> Prefixes => new()
    {
        { "", null },
        { " ", null },
        { "orders/", null },
        { "\U0001F512", null },
        { new string('x', 512), null },
        { new string('é', 256), null },
        { new string('x', 513), "A prefix of lock keys must have at most 512 bytes in UTF-8; this one has 513." },
        { new string('é', 257), "A prefix of lock keys must have at most 512 bytes in UTF-8; this one has 514." },
        { "a\nb", "A prefix of lock keys must have no control characters; this one has U+000A at index 1." },
        { "\u001b[2J", "A prefix of lock keys must have no control characters; this one has U+001B at index 0." },
        { "\u0085", "A prefix of lock keys must have no control characters; this one has U+0085 at index 0." },
    };

    public static TheoryData<LockListRequest, string?> Requests => new()
    {
        { new LockListRequest(), null },
        { new LockListRequest { Prefix = "a", State = LockListState.Waited, After = "ab", Limit = 1, SiloTimeout = TimeSpan.FromSeconds(10) }, null },
        { new LockListRequest { Prefix = null! }, "A prefix must not be null" },
        { new LockListRequest { Prefix = "\t" }, "U+0009" },
        { new LockListRequest { After = "\t" }, "After must be a key" },
        { new LockListRequest { State = (LockListState)3 }, "State must be All, Held or Waited; this one is 3." },
        { new LockListRequest { Limit = 0 }, "Limit must be 1 to 5000; this one is 0." },
        { new LockListRequest { Limit = 5001 }, "Limit must be 1 to 5000; this one is 5001." },
        { new LockListRequest { SiloTimeout = TimeSpan.Zero }, "SiloTimeout must be more than 0 and at most 00:00:10; this one is 00:00:00." },
        { new LockListRequest { SiloTimeout = TimeSpan.FromSeconds(10.5) }, "this one is 00:00:10.5" },
        { new LockListRequest { SiloTimeout = Timeout.InfiniteTimeSpan }, "SiloTimeout must be more than 0" },
    };

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void Prefix_IsTextOfAtMost512BytesWithoutControlCharacters(string prefix, string? problem)
    {
        Assert.Equal(problem, LockPrefix.FindProblem(prefix));
        if (problem is null)
            Assert.Same(prefix, LockPrefix.Validate(prefix));
        else
            Assert.StartsWith(problem, Assert.Throws<ArgumentException>(nameof(prefix), () => LockPrefix.Validate(prefix)).Message, StringComparison.Ordinal);
    }

    // A test runner would not keep half a character in the name of a case.
    [Fact]
    public void Prefix_WithHalfACharacter_IsNone() => Assert.Equal(
        "A prefix of lock keys must be well-formed text; this one has a lone surrogate at index 1.", LockPrefix.FindProblem("a\ud83d"));

    [Fact]
    public void Prefix_Null_Throws() => Assert.Throws<ArgumentNullException>("prefix", () => LockPrefix.Validate(null));

    [Theory]
    [MemberData(nameof(Requests))]
    public void Request_ThatIsWrong_SaysWhatAndTheRange(LockListRequest request, string? problem)
    {
        var found = request.FindProblem();
        Assert.Equal(problem is null, found is null);
        Assert.Contains(problem ?? "", found ?? "", StringComparison.Ordinal);
    }
}
