using LockGrains.Cli;
using LockGrains.Cli.Guarding;
using LockGrains.Cli.Streams;

if (!OperatingSystem.IsWindows() && GuardTerms.TryRead(args, out var command) is { } terms)
{
    await GuardProgram.RunAsync(terms, command);
    return ExitCode.Success;
}

// Long enough for a reader that is only slow; one that never comes is not waited for.
var patience = TimeSpan.FromSeconds(1);
using var notices = new NoticeWriter(StandardStreams.OpenError());
using var output = new OutputWriter(StandardStreams.OpenOutput());
var exitCode = await LockCommandLine.RunAsync(args, output, notices);
notices.Finish(patience);
return exitCode;
