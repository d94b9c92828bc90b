using LockGrains.AspNetCore.Access;
using LockGrains.Silo;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>The operator's key is made once, is only its owner's, and is not used when others could have it.</summary>
public sealed class OperatorKeyTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_TheFirstTime_MakesAKeyThatOnlyItsOwnerReads()
    {
        var path = _folder.File("state/locks.db.operator-key");

        var key = OperatorKey.Open(path);

        Assert.Null(key.Problem);
        Assert.Equal(AccessSecret.Hash(File.ReadAllText(path).TrimEnd('\n')), key.Sha256);
        Assert.Equal(path, Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!)));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
            Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        }
    }

    [Fact]
    public void Open_Again_KeepsTheKey()
    {
        var path = _folder.File("locks.db.operator-key");

        Assert.Equal(OperatorKey.Open(path), OperatorKey.Open(path));
    }

    [Fact]
    public void Open_ByManyAtOnce_MakesOneKey()
    {
        // A moment decides who is first, so it is tried often.
        for (var round = 1; round <= 100; round++)
        {
            var path = _folder.File($"{round}.operator-key");
            using var barrier = new Barrier(4);
            var hashes = new string?[4];
            var threads = Enumerable.Range(0, 4).Select(index => new Thread(() =>
            {
                barrier.SignalAndWait();
                hashes[index] = OperatorKey.Open(path).Sha256;
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());

            Assert.Equal(AccessSecret.Hash(File.ReadAllText(path).TrimEnd('\n')), Assert.Single(hashes.Distinct()));
            Assert.Equal(round, Directory.GetFiles(_folder.Path).Length);
        }
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void Open_FileThatOthersMayUse_IsNotAccepted(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            return;
        var path = _folder.File("locks.db.operator-key");
        OperatorKey.Open(path);
        File.SetUnixFileMode(path, OwnerOnly | mode);

        var key = OperatorKey.Open(path);

        Assert.Null(key.Sha256);
        Assert.Contains("others than its owner", key.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("sesame\n")]
    [InlineData("lg_AAAA\n")]
    public void Open_FileWithoutAKey_IsNotAcceptedAndNotRepeated(string text)
    {
        var path = _folder.File("locks.db.operator-key");
        OperatorKey.Open(path);
        File.WriteAllText(path, text);

        var key = OperatorKey.Open(path);

        Assert.Null(key.Sha256);
        Assert.StartsWith("there is no access key in it", key.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", key.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhereNothingCanBeMade_IsAProblemAndNoException()
    {
        File.WriteAllText(_folder.File("file"), "");

        var key = OperatorKey.Open(_folder.File("file/locks.db.operator-key"));

        Assert.Null(key.Sha256);
        Assert.NotNull(key.Problem);
    }
}
