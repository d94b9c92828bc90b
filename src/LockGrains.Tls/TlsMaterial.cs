using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LockGrains;

/// <summary>What a handshake needs: the own certificate, and those who sign that of the other side.</summary>
/// <param name="Own">The own certificate, and those that sign it.</param>
/// <param name="Authorities">Whose signature is trusted; nobody else's is.</param>
internal sealed record TlsMaterial(SslStreamCertificateContext Own, X509Certificate2Collection Authorities)
{
    /// <summary>Makes it of the texts of three files: certificate, key and authority.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="rule">What the own certificate must be: else nobody would accept it, and each connection would fail with words that help nobody.</param>
    /// <exception cref="CryptographicException">The files cannot be read, do not belong together, or the certificate breaks the rule.</exception>
    public static TlsMaterial Make(IReadOnlyList<string> texts, CertificateRule rule)
    {
        var material = new TlsMaterial(PemFiles.ReadCertificate(texts[0], texts[1]), PemFiles.ReadAuthorities(texts[2]));
        using var chain = new X509Chain { ChainPolicy = material.MakePolicy(rule) };
        chain.ChainPolicy.ExtraStore.AddRange(material.Own.IntermediateCertificates.ToArray());
        var errors = chain.Build(material.Own.TargetCertificate) ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateChainErrors;
        return rule.FindProblem(material.Own.TargetCertificate, chain, errors) is { } problem ? throw new CryptographicException($"The certificate {problem}") : material;
    }

    /// <summary>How the certificate of the other side is checked.</summary>
    public X509ChainPolicy MakePolicy(CertificateRule rule)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(Authorities);
        foreach (var usage in rule.Usages)
            policy.ApplicationPolicy.Add(new Oid(usage));
        return policy;
    }
}
