using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LockGrains.Cli.Tests;

/// <summary>A certificate that signs itself, in PEM files.</summary>
internal static class CertificateFiles
{
    /// <summary>Writes both files, the key first.</summary>
    public static void Write(string name, string path, string keyPath)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(path, certificate.ExportCertificatePem());
    }
}
