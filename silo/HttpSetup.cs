using System.Net;
using LockGrains.Silo.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace LockGrains.Silo;

/// <summary>Where HTTP is served, and whether as HTTPS.</summary>
internal static class HttpSetup
{
    private static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(10);

    /// <exception cref="StartException">The certificate cannot be used.</exception>
    public static void AddHttp(this WebApplicationBuilder builder, SiloSettings settings)
    {
        if (settings.HttpCertificate is not { } path)
        {
            builder.WebHost.UseUrls(settings.HttpUrl);
            return;
        }

        var certificate = new ServerCertificate(path, settings.HttpCertificateKey!, TimeProvider.System);
        builder.Services.AddSingleton(certificate);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Parse(settings.HttpAddress),
            settings.HttpPort,
            listen => listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = HandshakeMax,
                OnConnection = _ => ValueTask.FromResult(certificate.Present()),
            })));
    }

    /// <summary>Serves health, and the API where that is safe, with its metrics.</summary>
    public static void MapHttp(this WebApplication app, AccessExposure exposure, TelemetryChoice telemetry)
    {
        app.MapHealth();
        if (!exposure.ServesApi)
            return;
        app.MapLockGrainsApi();
        app.MapLockGrainsOpenApi();
        app.MapLockGrainsUi();
        if (telemetry.ServesMetrics)
            app.MapMetrics();
    }

    /// <summary>Logs why a certificate that has changed is not presented.</summary>
    public static void LogCertificate(this WebApplication app, ILogger logger, SiloSettings settings)
    {
        if (app.Services.GetService<ServerCertificate>() is { } certificate)
            certificate.Failed += problem => logger.LogNotReloaded(settings.HttpCertificate!, problem);
    }
}
