namespace LockGrains.Silo;

/// <summary>Mutual TLS for Orleans' own connections, of a silo and of a front alike.</summary>
internal static class TlsSetup
{
    public static void AddTls(this ISiloBuilder silo, SiloSettings settings)
    {
        if (settings.HasTls)
            silo.UseLockGrainsTls(options => Set(options, settings));
    }

    public static void AddTls(this IClientBuilder client, SiloSettings settings)
    {
        if (settings.HasTls)
            client.UseLockGrainsTls(options => Set(options, settings));
    }

    private static void Set(LockGrainsTlsOptions options, SiloSettings settings)
    {
        options.Certificate = settings.TlsCertificate!;
        options.CertificateKey = settings.TlsCertificateKey!;
        options.Authority = settings.TlsAuthority!;
        options.SiloName = settings.TlsSiloName!;
    }
}
