using System.Net.Security;

namespace LockGrains.Silo;

/// <summary>
/// The certificate of the HTTP API, from PEM files. It is read again when the files change, so that a renewed one counts without a restart; while
/// what is there cannot be read, the one from before is presented.
/// </summary>
internal sealed class ServerCertificate
{
    private readonly WatchedFiles<SslStreamCertificateContext> _files;

    /// <summary>Reads the files.</summary>
    /// <param name="certificate">The certificate, and after it those that sign it.</param>
    /// <param name="key">Its private key.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="StartException">They cannot be read, or do not belong together.</exception>
    public ServerCertificate(string certificate, string key, TimeProvider time)
    {
        try
        {
            _files = new WatchedFiles<SslStreamCertificateContext>([certificate, key], static texts => PemFiles.ReadCertificate(texts[0], texts[1]), time);
        }
        catch (Exception exception) when (WatchedFiles<SslStreamCertificateContext>.IsUnusable(exception))
        {
            throw new StartException(
                StartException.BadSettings,
                $"{SiloSettings.Section}:{nameof(SiloSettings.HttpCertificate)} '{certificate}' and {nameof(SiloSettings.HttpCertificateKey)} '{key}' cannot be used: {exception.Message}",
                exception);
        }
    }

    /// <summary>Why the files, which have changed, cannot be read; told once for each change.</summary>
    public event Action<string>? Failed
    {
        add => _files.Failed += value;
        remove => _files.Failed -= value;
    }

    /// <summary>What is presented to a client that connects now.</summary>
    public SslServerAuthenticationOptions Present() => new() { ServerCertificateContext = _files.Get() };
}
