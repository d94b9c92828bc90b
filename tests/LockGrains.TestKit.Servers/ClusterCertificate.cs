using System.Security.Cryptography.X509Certificates;

namespace LockGrains.TestKit.Servers;

/// <summary>The files of a certificate.</summary>
/// <param name="Path">The certificate.</param>
/// <param name="Key">Its private key.</param>
/// <param name="Authority">Who signed it.</param>
public sealed record ClusterCertificate(string Path, string Key, string Authority)
{
    /// <summary>The arguments of a silo or a front.</summary>
    public string[] Arguments => ArgumentsFor(ClusterAuthority.SiloName);

    /// <summary>The arguments of a silo or a front of a cluster whose silos have some name.</summary>
    public string[] ArgumentsFor(string siloName) =>
        ["--tls-certificate", Path, "--tls-certificate-key", Key, "--tls-authority", Authority, "--tls-silo-name", siloName];

    public X509Certificate2 Load() => X509Certificate2.CreateFromPemFile(Path, Key);
}
