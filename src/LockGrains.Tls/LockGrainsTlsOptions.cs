namespace LockGrains;

/// <summary>The certificates of a silo, or of an Orleans client. All four are needed; they are checked when the host starts.</summary>
public sealed class LockGrainsTlsOptions
{
    /// <summary>
    /// The PEM file of the own certificate, and after it those that sign it, without the authority's. That of a silo names <see cref="SiloName"/>, and is for
    /// servers and clients (its extended key usage); that of a client is for clients. Read again when it changes. Default none.
    /// </summary>
    public string Certificate { get; set; } = "";

    /// <summary>The PEM file of the private key of <see cref="Certificate"/>, without a password; read again when it changes. Default none.</summary>
    public string CertificateKey { get; set; } = "";

    /// <summary>
    /// The PEM file of those who sign the certificates of all silos and clients, one or several. No other is trusted, also none of the machine's; read again when it
    /// changes. Default none.
    /// </summary>
    public string Authority { get; set; } = "";

    /// <summary>
    /// The DNS name that the certificates of all silos have, and those of clients have not: by it a silo is told from a client. It needs no entry in any DNS.
    /// Default none.
    /// </summary>
    public string SiloName { get; set; } = "";

    /// <summary>Whether this is a silo, whose certificate must be one.</summary>
    internal bool IsSilo { get; set; }

    /// <summary>Every problem: the setting, its value, and what it may be.</summary>
    internal IEnumerable<string> FindProblems()
    {
        (string Name, string Value)[] files = [(nameof(Certificate), Certificate), (nameof(CertificateKey), CertificateKey), (nameof(Authority), Authority)];
        foreach (var (name, value) in files)
        {
            if (string.IsNullOrWhiteSpace(value))
                yield return $"{nameof(LockGrainsTlsOptions)}.{name} is '{value}'; it must be the path of a PEM file.";
        }

        if (FindNameProblem(SiloName) is { } problem)
            yield return $"{nameof(LockGrainsTlsOptions)}.{nameof(SiloName)} {problem}";
    }

    /// <summary>What is wrong with the name of the silos; null when nothing is.</summary>
    internal static string? FindNameProblem(string? name) =>
        Uri.CheckHostName(name) == UriHostNameType.Dns ? null : $"is '{name}'; it must be the DNS name that the certificates of all silos have, such as silo.locks.internal.";
}
