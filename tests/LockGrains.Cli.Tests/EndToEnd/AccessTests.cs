using LockGrains.AspNetCore.Access;
using LockGrains.Cli.Connecting;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>Who may do what on the command line: without a key, with one, with the operator's, and with a wrong one.</summary>
public sealed class AccessTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<IDisposable> _started = [];

    private (string Name, string? Value) State => ("XDG_STATE_HOME", _folder.Path);

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        _folder.Dispose();
    }

    [Fact]
    public async Task OwnSilo_NeedsNoKey_AndTheOperatorsIsFoundForTheRest()
    {
        var silo = Add(SiloProcess.StartByDefault(_folder.Path));
        await silo.WhenReadyAsync();
        var run = Cli(silo, [State], "run", "own", "--", "sh", "-c", "echo holding; read line");
        await run.WhenLineAsync("holding");

        // Set and empty says that none is to be sent.
        var refused = Cli(silo, [State, (ConnectionArguments.TokenVariable, "")], "revoke", "own", "--all");
        await refused.ExpectExitAsync(ExitCode.NotAllowed);
        Assert.Contains("LOCKGRAINS_TOKEN", Assert.Single(refused.Error), StringComparison.Ordinal);
        Assert.DoesNotContain("operator's key", refused.Error[0], StringComparison.Ordinal);
        var elsewhere = Cli(silo, [("XDG_STATE_HOME", _folder.File("elsewhere"))], "limit", "own", "3");
        await elsewhere.ExpectExitAsync(ExitCode.NotAllowed);
        Assert.Contains($"No operator's key was found at '{_folder.File("elsewhere")}/", Assert.Single(elsewhere.Error), StringComparison.Ordinal);

        var tidy = Cli(silo, [State], "tidy", "--json");
        await tidy.ExpectExitAsync(ExitCode.Success);
        Assert.Contains("\"leftBehind\": 0", string.Concat(tidy.Out), StringComparison.Ordinal);
        await Cli(silo, [State], "revoke", "own", "--all", "--reason", "host is gone").ExpectExitAsync(ExitCode.Success);
        await run.ExpectExitAsync(ExitCode.Lost);
        await silo.Process.WhenLineAsync("revoked \"own\", fencing token 0, reason \"host is gone\": revoked");
        await Cli(silo, [State], "revoke", "--session", "nobody", "--reason", "a guess").ExpectExitAsync(ExitCode.NotThere);
        await silo.Process.WhenLineAsync("revoked the session \"nobody\", reason \"a guess\": not-held");
    }

    [Fact]
    public async Task SiloWithKeys_RefusesWhatHasNoneOrAWrongOne_AtOnce()
    {
        var silo = Add(SiloProcess.StartKeyed());
        await silo.WhenReadyAsync();
        foreach (var token in new[] { "", AccessSecret.Create() })
        {
            foreach (var command in new string[][] { ["run", "k", "--", "echo", "ran"], ["status", "k"], ["list"], ["watch", "k"], ["watch", "--prefix", "k"], ["tidy"] })
            {
                var cli = Cli(silo, [(ConnectionArguments.TokenVariable, token)], command);
                await cli.ExpectExitAsync(ExitCode.NotAllowed);
                Assert.Empty(cli.Out);
                Assert.Contains("refuses the call (401)", Assert.Single(cli.Error), StringComparison.Ordinal);
                if (token.Length > 0)
                    Assert.DoesNotContain(token, cli.Error[0], StringComparison.Ordinal);
            }
        }

        await Cli(silo, [TestAccess.Variable], "run", "k", "--", "true").ExpectExitAsync(ExitCode.Success);
    }

    private TestProcess Cli(SiloProcess silo, (string Name, string? Value)[] environment, params string[] args) => Add(
        Programs.StartCliWith([.. environment, (ConnectionArguments.ServerVariable, silo.Url)], args));

    private T Add<T>(T started)
        where T : IDisposable
    {
        _started.Add(started);
        return started;
    }
}
