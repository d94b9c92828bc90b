namespace LockGrains.Docs.Tests.Examples;

/// <summary>What docs/SECURITY.md shows of hosts of one's own. LockGrains.Cli.Tests has real connections with it.</summary>
internal static class Tls
{
    public static void AddTo(ISiloBuilder siloBuilder)
    {
        siloBuilder.UseLockGrainsTls(tls =>
        {
            tls.Certificate = "silo.pem";
            tls.CertificateKey = "silo.key";
            tls.Authority = "authority.pem";
            tls.SiloName = "silo.locks.internal";
        });
    }

    public static void AddTo(IClientBuilder clientBuilder)
    {
        clientBuilder.UseLockGrainsTls(tls =>
        {
            tls.Certificate = "client.pem";
            tls.CertificateKey = "client.key";
            tls.Authority = "authority.pem";
            tls.SiloName = "silo.locks.internal";
        });
    }
}
