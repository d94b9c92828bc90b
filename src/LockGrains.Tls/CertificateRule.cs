using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace LockGrains;

/// <summary>What a certificate must be, beside signed by an authority and in its time.</summary>
/// <param name="Usages">What it must be for: object identifiers of extended key usages.</param>
/// <param name="Name">The DNS name that it must have; null for any.</param>
internal sealed record CertificateRule(IReadOnlyList<string> Usages, string? Name)
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1";
    private const string ForClients = "1.3.6.1.5.5.7.3.2";

    private const X509ChainStatusFlags Unsigned = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;

    /// <summary>That of a client.</summary>
    public static CertificateRule Client { get; } = new([ForClients], Name: null);

    /// <summary>That of a silo as a client meets it.</summary>
    public static CertificateRule Gateway(string siloName) => new([ForServers], siloName);

    /// <summary>That of a silo as other silos meet it: each of the two may be the one that connects.</summary>
    public static CertificateRule Silo(string siloName) => new([ForServers, ForClients], siloName);

    /// <summary>Why a certificate is not accepted, beginning with its subject; null when it is.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="chain">How it was checked.</param>
    /// <param name="errors">What was found.</param>
    public string? FindProblem(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var subject = $"'{certificate.Subject}'";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) || chain is null)
            return $"{subject} {Explain(certificate, chain)}";

        // A subject is free text, by which anybody could be a silo.
        return Name is null || certificate.MatchesHostname(Name, allowWildcards: true, allowCommonName: false)
            ? errors == SslPolicyErrors.None ? null : $"{subject} does not have the name that was asked for ({errors})."
            : $"{subject} is not that of a silo: it does not have the name {Name}.";
    }

    private string Explain(X509Certificate2 certificate, X509Chain? chain)
    {
        var flags = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, static (all, one) => all | one.Status);
        if ((flags & Unsigned) != 0)
            return $"is not signed by the authority; '{certificate.Issuer}' signed it.";
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"is out of its time, or one that signs it is: it is valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}.");
        }

        return flags.HasFlag(X509ChainStatusFlags.NotValidForUsage)
            ? $"is not for {(Usages.Count > 1 ? "servers and clients" : Usages[0] == ForServers ? "servers" : "clients")} (extended key usage)."
            : $"is not accepted: {flags}.";
    }
}
