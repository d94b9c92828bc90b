using LockGrains.Silo;
using LockGrains.TestKit;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>A certificate that is renewed counts without a restart, and one that cannot be read changes nothing.</summary>
public sealed class ServerCertificateTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    private string Certificate => _folder.File("certificate.pem");

    private string Key => _folder.File("key.pem");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Present_FilesWrittenAnew_IsReadAgainAfterAWhile()
    {
        var certificate = Open("first");
        CertificateFiles.Write("second", Certificate, Key);

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal("CN=first", Presented(certificate));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("CN=second", Presented(certificate));
    }

    /// <summary>The certificate may be there before its key, or be gone for a moment.</summary>
    [Fact]
    public void Present_FilesThatDoNotFit_KeepsTheOldOneAndTellsOnce()
    {
        var certificate = Open("first");
        var told = new List<string>();
        certificate.Failed += told.Add;

        File.Delete(Certificate);
        Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal("CN=first", LookAgain(certificate)));
        Assert.Contains(Certificate, Assert.Single(told), StringComparison.Ordinal);

        CertificateFiles.Write("second", Certificate, _folder.File("key-to-come.pem"));
        Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal("CN=first", LookAgain(certificate)));
        Assert.Equal(2, told.Count);

        File.Move(_folder.File("key-to-come.pem"), Key, overwrite: true);
        Assert.Equal("CN=second", LookAgain(certificate));
        Assert.Equal(2, told.Count);
    }

    /// <summary>Kubernetes moves the link to the folder of both files; the links to the files stay.</summary>
    [Fact]
    public void Present_FolderBehindALinkIsAnother_IsReadAgain()
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (var name in new[] { "first", "second" })
        {
            Directory.CreateDirectory(_folder.File(name));
            CertificateFiles.Write(name, Path.Combine(_folder.File(name), "c"), Path.Combine(_folder.File(name), "k"));
        }

        Directory.CreateSymbolicLink(_folder.File("data"), "first");
        File.CreateSymbolicLink(Certificate, "data/c");
        File.CreateSymbolicLink(Key, "data/k");
        var certificate = new ServerCertificate(Certificate, Key, _time);
        Assert.Equal("CN=first", Presented(certificate));

        Directory.Delete(_folder.File("data"));
        Directory.CreateSymbolicLink(_folder.File("data"), "second");

        Assert.Equal("CN=second", LookAgain(certificate));
    }

    [Fact]
    public void Open_KeyOfAnotherCertificate_IsRefusedByName()
    {
        CertificateFiles.Write("first", Certificate, _folder.File("its-key.pem"));
        CertificateFiles.Write("second", _folder.File("another.pem"), Key);

        var exception = Assert.Throws<StartException>(() => new ServerCertificate(Certificate, Key, _time));

        Assert.Equal(StartException.BadSettings, exception.ExitCode);
        Assert.StartsWith(
            $"LockGrains:HttpCertificate '{Certificate}' and HttpCertificateKey '{Key}' cannot be used: ", exception.Message, StringComparison.Ordinal);
    }

    private ServerCertificate Open(string name)
    {
        CertificateFiles.Write(name, Certificate, Key);
        return new ServerCertificate(Certificate, Key, _time);
    }

    private string LookAgain(ServerCertificate certificate)
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        return Presented(certificate);
    }

    private static string Presented(ServerCertificate certificate) => certificate.Present().ServerCertificateContext!.TargetCertificate.Subject;
}
