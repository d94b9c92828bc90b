using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace LockGrains.Silo;

/// <summary>
/// The certificate of the HTTP API, from PEM files. It is read again when the files change, so that a renewed one counts without a restart; while
/// what is there cannot be read, the one from before is presented.
/// </summary>
internal sealed class ServerCertificate
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(10);

    private readonly string _certificate;
    private readonly string _key;
    private readonly TimeProvider _time;
    private readonly Lock _reading = new();
    private string _seen;
    private string? _problem;
    private long _lookedAt;
    private SslStreamCertificateContext _current;

    /// <summary>Reads the files.</summary>
    /// <param name="certificate">The certificate, and after it those that sign it.</param>
    /// <param name="key">Its private key.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="StartException">They cannot be read, or do not belong together.</exception>
    public ServerCertificate(string certificate, string key, TimeProvider time)
    {
        (_certificate, _key, _time) = (certificate, key, time);
        try
        {
            var files = ReadFiles();
            (_seen, _current, _lookedAt) = (files.Hash, Make(files.Certificate, files.Key), time.GetTimestamp());
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            throw new StartException(
                StartException.BadSettings,
                $"{SiloSettings.Section}:{nameof(SiloSettings.HttpCertificate)} '{certificate}' and {nameof(SiloSettings.HttpCertificateKey)} '{key}' cannot be used: {exception.Message}",
                exception);
        }
    }

    /// <summary>Why the files, which have changed, cannot be read; told once for each change.</summary>
    public event Action<string>? Failed;

    /// <summary>What is presented to a client that connects now.</summary>
    public SslServerAuthenticationOptions Present()
    {
        lock (_reading)
        {
            if (_time.GetElapsedTime(_lookedAt) >= LookPeriod)
            {
                _lookedAt = _time.GetTimestamp();
                Look();
            }

            return new SslServerAuthenticationOptions { ServerCertificateContext = _current };
        }
    }

    private void Look()
    {
        try
        {
            var (certificate, key, hash) = ReadFiles();
            _problem = null;
            if (hash == _seen)
                return;
            _seen = hash;
            _current = Make(certificate, key);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            if (exception.Message != _problem)
                Failed?.Invoke(exception.Message);
            _problem = exception.Message;
        }
    }

    // Not by the time of the files: Kubernetes changes what a link leads to, and the link stays as old as it is.
    private (string Certificate, string Key, string Hash) ReadFiles()
    {
        var (certificate, key) = (File.ReadAllText(_certificate), File.ReadAllText(_key));
        return (certificate, key, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(certificate + key))));
    }

    private static SslStreamCertificateContext Make(string certificate, string key)
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

    private static bool IsUnreadable(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}
