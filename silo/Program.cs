using LockGrains.Silo;
using LockGrains.Silo.Demo;
using LockGrains.Silo.Front;
using LockGrains.Silo.Telemetry;
using StackExchange.Redis;

try
{
    if (SiloArguments.AsksForHelp(args))
    {
        Console.WriteLine(SiloArguments.Help);
        return 0;
    }

    if (args is [DemoProgram.Argument, var name, var url])
        return await DemoProgram.RunAsync(name, url, DemoProgram.DrawStay(), Console.In);

    // The settings lie beside the program, wherever it is started from.
    var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
    SiloArguments.AddTo(builder.Configuration, args);
    var settings = SiloSettings.Read(builder.Configuration);
    PortCheck.ThrowIfTaken(settings);
    using var throwAway = settings.Demo ? new DemoFolder() : null;
    settings = throwAway?.Hold(settings, builder.Configuration) ?? settings;
    await using IConnectionMultiplexer? redis =
        settings.Redis is not null ? await RedisStart.ConnectAsync(settings, Console.Error.WriteLine, TimeProvider.System) : null;

    if (settings is { Postgres: not null, Front: false })
    {
        await PostgresStart.WaitAsync(settings, Console.Error.WriteLine, TimeProvider.System);
    }

    builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = SiloSetup.ShutdownTimeout);
    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddHealth(settings);
    var exposure = builder.AddAccess(settings);
    if (exposure.ServesApi)
        builder.Services.AddLockGrainsHttp(options => SiloSetup.Configure(options, settings));
    builder.AddHttp(settings);
    if (settings.Front)
        builder.AddFront(settings, redis);
    else
        builder.AddSilo(settings, settings.ResolveAdvertisedIP(), redis);
    if (settings.Demo)
        builder.AddDemo(settings, exposure);

    var telemetry = builder.AddTelemetry(settings, exposure);

    await using var app = builder.Build();
    app.MapHttp(exposure, telemetry);

    // A wrong setting, or a file that cannot be used, is told in one line; the host's own start would tell it in many.
    foreach (var validator in app.Services.GetServices<IConfigurationValidator>())
    {
        validator.ValidateConfiguration();
    }

    var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("LockGrains.Silo");
    app.LogCertificate(logger, settings);
    using var redisWatch = redis is null ? null : new RedisWatch(redis, logger, TimeProvider.System);
    app.Lifetime.ApplicationStarted.Register(() =>
    {
        logger.LogReady(settings, app.Services);
        app.LogAccess(logger, settings);
        PasswordExposure.Log(logger, settings);
        StoreServers.Log(logger, settings);
        telemetry.Log(logger);
        if (settings.Demo)
            DemoSetup.Introduce(settings, Console.WriteLine);
    });
    app.Lifetime.ApplicationStopping.Register(settings.Front ? logger.LogFrontStopping : logger.LogStopping);
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
