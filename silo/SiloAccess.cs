using LockGrains.AspNetCore.Access;

namespace LockGrains.Silo;

/// <summary>Puts the silo's decision about access (<see cref="AccessExposure"/>) into effect, and says what it is.</summary>
internal static class SiloAccess
{
    /// <summary>Reads the section <c>LockGrains:Access</c>, as the API will read it.</summary>
    public static AccessOptions Read(IConfiguration configuration)
    {
        var options = new AccessOptions();
        new AccessConfiguration(configuration).Configure(options);
        return options;
    }

    /// <summary>
    /// Decides, and adds what is decided to what is configured. Later changes of the configuration can close what is open, and never open more.
    /// </summary>
    public static AccessExposure AddAccess(this WebApplicationBuilder builder, SiloSettings settings)
    {
        var exposure = AccessExposure.Decide(settings, Read(builder.Configuration), Container.IsAroundUs);
        builder.Services.AddSingleton(exposure);
        builder.Services.AddSingleton(_ => new Lazy<OperatorKey?>(() => exposure is { ServesApi: true, OperatorKeyFile: { } file } ? OperatorKey.Open(file) : null));
        builder.Services.AddOptions<AccessOptions>().PostConfigure<Lazy<OperatorKey?>>((options, key) =>
        {
            options.Anonymous = options.SaysAnonymous && options.Anonymous < exposure.Anonymous ? options.Anonymous : exposure.Anonymous;
            options.OperatorSha256 = key.Value?.Sha256;
        });
        return exposure;
    }

    /// <summary>Says what is served and to whom, and from now on also why a file of settings could not be read again.</summary>
    public static void LogAccess(this WebApplication app, ILogger logger, SiloSettings settings)
    {
        var exposure = app.Services.GetRequiredService<AccessExposure>();
        if (exposure.WhyOff is { } why)
        {
            logger.LogApiOff(why);
            return;
        }

        var (url, server) = (settings.HttpUrl, settings.FindServer());
        logger.LogApiOn(url, server, exposure.Open);
        if (exposure.IsReachable && settings.HttpCertificate is null)
            logger.LogInTheClear(url);
        if (app.Services.GetRequiredService<Lazy<OperatorKey?>>().Value is { } key)
        {
            if (key.Problem is { } problem)
                logger.LogOperatorKeyRefused(key.Path, problem);
            else
                logger.LogOperatorKey(key.Path);
        }

        // Nobody hears of it otherwise: .NET reads the file in the background, and loses what goes wrong there.
        foreach (var source in ((IConfigurationBuilder)app.Configuration).Sources.OfType<FileConfigurationSource>())
            source.OnLoadException = context => logger.LogNotReloaded(context.Provider.Source.Path ?? "", context.Exception.GetBaseException().Message);
    }
}
