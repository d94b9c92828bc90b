using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace LockGrains.Cli.Tests.Native;

/// <summary>A server on this machine with a certificate that only those trust who are told to. Its reply is always the same.</summary>
internal sealed class TlsServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly byte[] _reply;
    private readonly Task _running;

    private TlsServer(X509Certificate2 certificate, string json)
    {
        _certificate = certificate;
        _reply = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {json.Length}\r\n\r\n{json}");
        _listener.Start();
        _running = RunAsync();
    }

    public string Url => $"https://{_listener.LocalEndpoint}";

    /// <summary>Starts one.</summary>
    /// <param name="authority">Where to write the certificate, for those who are to trust it.</param>
    /// <param name="json">What it replies.</param>
    public static TlsServer Start(string authority, string json)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=lockgrains test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var signed = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(authority, signed.ExportCertificatePem());
        return new TlsServer(X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pkcs12), null), json);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _running;
        _certificate.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await using var stream = new SslStream(client.GetStream());
                await stream.AuthenticateAsServerAsync(_certificate);
                await stream.ReadAtLeastAsync(new byte[16 * 1024], 1, throwOnEndOfStream: false);
                await stream.WriteAsync(_reply);
                await stream.ShutdownAsync();
            }
            catch (Exception exception) when (exception is System.Security.Authentication.AuthenticationException or IOException)
            {
                // Who does not trust it goes away.
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
