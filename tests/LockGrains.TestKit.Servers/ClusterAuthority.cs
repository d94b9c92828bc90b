using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LockGrains.TestKit.Servers;

/// <summary>The authority of a cluster of a test or a benchmark, and the certificates that it signs, in PEM files of a folder.</summary>
public sealed class ClusterAuthority : IDisposable
{
    public const string SiloName = "silo.locks.test";

    private static readonly Oid ForServers = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ForClients = new("1.3.6.1.5.5.7.3.2");

    private readonly TempFolder _folder;
    private readonly X509Certificate2 _own;

    public ClusterAuthority(TempFolder folder, string name = "authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _own = request.CreateSelfSigned(Now.AddDays(-30), Now.AddDays(30));
        (_folder, File) = (folder, folder.File($"{name}.pem"));
        System.IO.File.WriteAllText(File, _own.ExportCertificatePem());
    }

    /// <summary>The PEM file of the authority.</summary>
    public string File { get; }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public void Dispose() => _own.Dispose();

    /// <summary>Signs the certificate of a silo.</summary>
    public ClusterCertificate SignSilo(string name = "silo", string siloName = SiloName, string? file = null) => Sign(name, file ?? name, [ForServers, ForClients], siloName);

    /// <summary>Signs the certificate of a client, valid for some days from yesterday on; of none it has expired.</summary>
    public ClusterCertificate SignClient(string name = "client", int days = 2) => Sign(name, name, [ForClients], dnsName: null, days);

    /// <summary>Signs a certificate that is for servers alone.</summary>
    public ClusterCertificate SignServer(string name, string siloName) => Sign(name, name, [ForServers], siloName);

    private ClusterCertificate Sign(string name, string file, OidCollection usages, string? dnsName, int days = 2)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        if (dnsName is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(dnsName);
            request.CertificateExtensions.Add(names.Build());
        }

        var from = Now.AddDays(-1).AddMinutes(-1);
        using var certificate = request.Create(_own, from, from.AddDays(days).AddSeconds(1), RandomNumberGenerator.GetBytes(16));
        var written = new ClusterCertificate(_folder.File($"{file}.pem"), _folder.File($"{file}.key"), File);
        System.IO.File.WriteAllText(written.Key, key.ExportPkcs8PrivateKeyPem());
        System.IO.File.WriteAllText(written.Path, certificate.ExportCertificatePem());
        return written;
    }
}
