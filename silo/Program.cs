using LockGrains.Silo;
using StackExchange.Redis;

try
{
    if (SiloArguments.AsksForHelp(args))
    {
        Console.WriteLine(SiloArguments.Help);
        return 0;
    }

    // The settings lie beside the program, wherever it is started from.
    var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
    SiloArguments.AddTo(builder.Configuration, args);
    var settings = SiloSettings.Read(builder.Configuration);
    var advertised = settings.ResolveAdvertisedIP();
    PortCheck.ThrowIfTaken(settings, advertised);
    await using IConnectionMultiplexer? redis =
        settings.Redis is not null ? await RedisStart.ConnectAsync(settings, Console.Error.WriteLine, TimeProvider.System) : null;

    if (settings.Postgres is not null)
    {
        await PostgresStart.WaitAsync(settings, Console.Error.WriteLine, TimeProvider.System);
    }

    builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = SiloSetup.ShutdownTimeout);
    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddHealth();
    var exposure = builder.AddAccess(settings);
    if (exposure.ServesApi)
        builder.Services.AddLockGrainsHttp(options => SiloSetup.Configure(options, settings));
    builder.WebHost.UseUrls(settings.HttpUrl);
    builder.AddSilo(settings, advertised, redis);

    await using var app = builder.Build();
    app.MapHealth();
    if (exposure.ServesApi)
    {
        app.MapLockGrainsApi();
        app.MapLockGrainsOpenApi();
    }

    // A wrong setting, or a file that cannot be used, is told in one line; the host's own start would tell it in many.
    foreach (var validator in app.Services.GetServices<IConfigurationValidator>())
    {
        validator.ValidateConfiguration();
    }

    var storage = SiloSetup.DescribeStorage(settings);
    var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("LockGrains.Silo");
    using var redisWatch = redis is null ? null : new RedisWatch(redis, logger, TimeProvider.System);
    app.Lifetime.ApplicationStarted.Register(() =>
    {
        logger.LogReady(advertised, settings.SiloPort, settings.GatewayPort, storage);
        if (settings.Memory)
        {
            logger.LogNotDurable();
        }

        app.LogAccess(logger, settings.HttpUrl, settings.FindServer(advertised));
    });
    app.Lifetime.ApplicationStopping.Register(logger.LogStopping);
    await app.RunAsync();

    // Not 0 where the file answered with an error, which ends the silo.
    return Environment.ExitCode;
}
catch (StartException exception)
{
    Console.Error.WriteLine($"lockgrains silo: {exception.Message}");
    return exception.ExitCode;
}
catch (OrleansConfigurationException exception)
{
    Console.Error.WriteLine($"lockgrains silo: {exception.Message}");
    return StartException.BadSettings;
}
catch (Exception exception) when (exception is not OperationCanceledException)
{
    Console.Error.WriteLine($"lockgrains silo: could not run: {exception.GetBaseException().Message}");
    return StartException.Failed;
}
