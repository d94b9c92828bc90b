namespace LockGrains.Cli.Tests;

/// <summary>The settings of a silo or a client with a certificate of a test.</summary>
internal static class TlsOptionsOfTests
{
    public static void SetOptions(this ClusterCertificate certificate, LockGrainsTlsOptions options) =>
        (options.Certificate, options.CertificateKey, options.Authority, options.SiloName) =
            (certificate.Path, certificate.Key, certificate.Authority, ClusterAuthority.SiloName);
}
