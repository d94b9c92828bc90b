using System.CommandLine;
using LockGrains.Cli.Connecting;
using LockGrains.Silo;

namespace LockGrains.Cli.Tests.Connecting;

/// <summary>The operator's key is where the silo puts it, and of use as the silo takes it.</summary>
public sealed class OperatorKeyFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/state", "/alice")]
    [InlineData(null, "/alice")]
    [InlineData("relative", "/alice")]
    [InlineData("", "/alice")]
    public void FindPath_IsWhereTheSiloHasIt(string? state, string? home)
    {
        if (OperatingSystem.IsWindows())
            return;

        string? Read(string name) => name == "XDG_STATE_HOME" ? state : name == "HOME" ? home : null;
        Assert.Equal(OperatorKey.FindPath(DataFile.FindDefault(new SiloSettings().ServiceId, Read)), OperatorKeyFile.FindPath(Read));
    }

    [Fact]
    public void FindPath_NoHome_IsNowhere()
    {
        if (!OperatingSystem.IsWindows())
            Assert.Null(OperatorKeyFile.FindPath(_ => null));
    }

    [Fact]
    public void Find_KeyThatTheSiloMade_IsThatKey()
    {
        if (OperatingSystem.IsWindows())
            return;

        var path = OperatorKeyFile.FindPath(Read)!;
        Assert.Null(OperatorKeyFile.Find(Read));
        Assert.NotNull(OperatorKey.Open(path).Sha256);
        Assert.Equal(File.ReadAllText(path).TrimEnd(), OperatorKeyFile.Find(Read));

        // What others may have read, the silo does not accept.
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Null(OperatorKeyFile.Find(Read));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a\nb")]
    public void Find_NoKeyInTheFile_IsNone(string text)
    {
        if (OperatingSystem.IsWindows())
            return;

        var path = OperatorKeyFile.FindPath(Read)!;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        Assert.Null(OperatorKeyFile.Find(Read));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", null, true)]
    [InlineData("http://127.0.0.1:8080", "", false)]
    [InlineData("http://127.0.0.1:8080", "lg_mine", false)]
    [InlineData("http://locks:8080", null, false)]
    [InlineData("http://127.0.0.1:8080,http://locks:8080", null, false)]
    public void Connection_HasItForThisMachineAlone_AndWhereNoKeyIsSet(string server, string? token, bool isThere)
    {
        if (OperatingSystem.IsWindows())
            return;

        _ = OperatorKey.Open(OperatorKeyFile.FindPath(Read)!);
        var line = LockCommandLine.Create([], name => name == ConnectionArguments.TokenVariable ? token : Read(name));
        var connection = line.ReadContext(line.Parse(["status", "k", "--server", server])).Connection;
        Assert.Equal(isThere, connection.OperatorKey is not null);
        Assert.Equal(token is { Length: > 0 } ? token : null, connection.AccessKey);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", null, true)]
    [InlineData("http://127.0.0.1:8080", "", false)]
    [InlineData("http://locks:8080", null, false)]
    public void Connection_WithoutIt_SaysWhereItWasLookedFor(string server, string? token, bool isLookedFor)
    {
        var arguments = new ConnectionArguments(name => name == ConnectionArguments.TokenVariable ? token : Read(name));
        var command = new Command("status");
        arguments.AddTo(command);
        _ = arguments.Read(command.Parse(["--server", server]));
        Assert.Equal(isLookedFor ? $"'{OperatorKeyFile.FindPath(Read)}'" : null, arguments.MissingOperatorKey);
    }

    private string? Read(string name) => name == "XDG_STATE_HOME" ? _folder.Path : null;
}
