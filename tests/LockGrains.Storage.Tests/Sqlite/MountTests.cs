namespace LockGrains.Storage.Tests;

/// <summary>Which file system a file is on, by the system's own table, and what that means for locks.</summary>
public sealed class MountTests
{
    private const string Table = """
        22 1 0:21 / / rw,relatime shared:1 - overlay overlay rw
        23 22 0:22 / /proc rw - proc proc rw
        30 22 8:1 / /var/lib rw,relatime shared:2 - ext4 /dev/sda1 rw
        31 22 0:50 / /mnt/my\040share rw shared:3 master:1 - nfs4 server:/x rw
        32 22 0:51 / /users/me/remote rw - fuse.sshfs me@there:/ rw
        33 22 0:52 / /win rw - 9p C:\134 rw
        34 22 0:53 / /data rw - nfs server:/y rw
        35 22 8:2 /volume /data rw - xfs /dev/sdb1 rw
        36 22 0:54 / /mac rw - virtiofs mac rw
        37 22 0:55 / /ntfs rw - fuseblk /dev/sdc1 rw
        38 22 0:56 / /run rw - tmpfs tmpfs rw
        broken line
        """;

    [Theory]
    [InlineData("/var/lib/lockgrains/locks.db", "ext4", false)]
    [InlineData("/var/library/locks.db", "overlay", false)]
    [InlineData("/mnt/my share/locks.db", "nfs4", true)]
    [InlineData("/mnt/my share", "nfs4", true)]
    [InlineData("/users/me/remote/a/b", "fuse.sshfs", true)]
    [InlineData("/users/me/locks.db", "overlay", false)]
    [InlineData("/win/x", "9p", true)]
    [InlineData("/data/locks.db", "xfs", false)]
    [InlineData("/mac/x", "virtiofs", true)]
    [InlineData("/ntfs/x", "fuseblk", true)]
    [InlineData("/run/x", "tmpfs", false)]
    public void Find_Path_IsOnTheInnermostMount(string path, string type, bool isUnsafe)
    {
        var mount = Mount.Find(path, Table.Split('\n'), isInContainer: false)!;

        Assert.Equal((type, isUnsafe), (mount.Type, mount.IsUnsafe));
        Assert.False(mount.IsContainersOwn);
    }

    [Theory]
    [InlineData("/users/me/locks.db", true)]
    [InlineData("/data/locks.db", false)]
    public void Find_InAContainer_KnowsWhatGoesWithIt(string path, bool isContainersOwn) =>
        Assert.Equal(isContainersOwn, Mount.Find(path, Table.Split('\n'), isInContainer: true)!.IsContainersOwn);

    [Fact]
    public void Find_HereAndThroughALink_IsOneAndTheSame()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var folder = new TempFolder();
        Directory.CreateSymbolicLink(folder.File("link"), "/proc");

        Assert.Equal("proc", Mount.Find(folder.File("link/self/nobody"))!.Type);
        Assert.Equal(Mount.Find(folder.Path), Mount.Find(folder.File("not/there/yet.db")));
    }

    [Fact]
    public void Open_OnAFileSystemOfAnotherMachine_IsRefusedUnlessAllowed()
    {
        var nfs = new Mount("/mnt", "nfs4", IsInContainer: false);

        var exception = Assert.Throws<SqliteFileException>(() => SqliteLockStores.Check("/mnt/locks.db", nfs, isAllowed: false));

        Assert.Contains("of type 'nfs4' (at '/mnt')", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--data-unsafe", exception.Message, StringComparison.Ordinal);
        SqliteLockStores.Check("/mnt/locks.db", nfs, isAllowed: true);
    }
}
