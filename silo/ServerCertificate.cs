using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

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
    private (DateTime, DateTime) _readOf;
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
            _readOf = FindTimes();
            _current = Read();
            _lookedAt = time.GetTimestamp();
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
            var times = FindTimes();
            if (times == _readOf)
                return;
            _readOf = times;
            _current = Read();
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            Failed?.Invoke(exception.Message);
        }
    }

    private (DateTime, DateTime) FindTimes() => (File.GetLastWriteTimeUtc(_certificate), File.GetLastWriteTimeUtc(_key));

    private SslStreamCertificateContext Read()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificate);

        // Not found out from the network: the file says who signs.
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(_certificate, _key), chain, offline: true);
    }

    private static bool IsUnreadable(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}
