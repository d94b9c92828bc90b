namespace LockGrains.Cli.Tests;

public sealed class FailureTests
{
    public static TheoryData<Exception, int> Known => new()
    {
        { new LockTimeoutException("k", TimeSpan.FromSeconds(1), 2), ExitCode.NotAcquired },
        { new LockQueueFullException("k", 10), ExitCode.NotAcquired },
        { new LockLostException("k", 1, EndReason.Revoked), ExitCode.Lost },
        { new LockUnavailableException("k", "Nobody answered.", mayHaveTakenEffect: false), ExitCode.Unavailable },
        { new LockUnavailableException("k", "Nobody replied.", mayHaveTakenEffect: false, new UnauthorizedAccessException("No.")), ExitCode.NotAllowed },
        { new UnauthorizedAccessException("No."), ExitCode.NotAllowed },
        { new LockLimitException("k", 4, "Permits is 4; the limit of the key is 3."), ExitCode.Usage },
        { new ArgumentException("The lease is wrong.", "options"), ExitCode.Usage },
        { new CliException(ExitCode.NotFound, "command not found: x"), ExitCode.NotFound },
        { new InvalidOperationException("a\nb"), ExitCode.Internal },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void Describe_AnException_HasItsCodeAndOneLine(Exception exception, int exitCode)
    {
        var (code, message) = Failure.Describe(exception);
        Assert.Equal(exitCode, code);
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain("Parameter", message, StringComparison.Ordinal);
        Assert.NotEmpty(message);
    }

    [Fact]
    public void Describe_RefusalWhereAnOperatorsKeyWasLookedFor_SaysWhere()
    {
        Assert.EndsWith(
            "No operator's key was found at '/state/key'; the silo's log says where it is (event 209).",
            Failure.Describe(new UnauthorizedAccessException("No."), "'/state/key'").Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("operator", Failure.Describe(new UnauthorizedAccessException("No.")).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("operator", Failure.Describe(new LockTimeoutException("k", TimeSpan.Zero, 2), "'/state/key'").Message, StringComparison.Ordinal);
    }
}
