using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LockGrains;

/// <summary>Reads certificates in the form of PEM.</summary>
internal static class PemFiles
{
    /// <summary>Makes what is presented to the other side: a certificate, and those that sign it.</summary>
    /// <param name="certificate">The certificate, and after it those that sign it.</param>
    /// <param name="key">Its private key.</param>
    /// <exception cref="CryptographicException">They cannot be read, or do not belong together.</exception>
    /// <exception cref="ArgumentException">The same.</exception>
    public static SslStreamCertificateContext ReadCertificate(string certificate, string key)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        var own = X509Certificate2.CreateFromPem(certificate, key);

        // Windows does not present a certificate whose key was never in a store.
        if (OperatingSystem.IsWindows())
            own = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), password: null);

        // Not found out from the network: the file says who signs.
        return SslStreamCertificateContext.Create(own, chain, offline: true);
    }

    /// <summary>Reads certificates.</summary>
    /// <exception cref="CryptographicException">There is none, or one cannot be read.</exception>
    public static X509Certificate2Collection ReadAuthorities(string text)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(text);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("The file of the authority has no certificate.");
    }
}
