using LockGrains.AspNetCore.Access;

namespace LockGrains.Silo.Demo;

/// <summary>What <c>--demo</c> makes of the silo: one with a throw-away file, and programs that contend for its locks.</summary>
internal static class DemoSetup
{
    /// <summary>Adds the programs.</summary>
    /// <exception cref="StartException">They could not use the API.</exception>
    public static void AddDemo(this WebApplicationBuilder builder, SiloSettings settings, AccessExposure exposure)
    {
        if (!exposure.ServesApi || exposure.Anonymous == AnonymousAccess.None)
        {
            throw new StartException(
                StartException.BadSettings,
                $"{SiloSettings.Section}:{nameof(SiloSettings.Demo)} is true, and its programs would need an access key. "
                + $"Leave out {AccessOptions.Section}:{nameof(AccessOptions.Anonymous)}, and {nameof(SiloSettings.HttpAddress)}, which is '{settings.HttpAddress}', or make it 127.0.0.1.");
        }

        // What the demo tells is the story; the silo's own words about itself come on top only when something is wrong.
        builder.Logging.AddFilter("LockGrains", LogLevel.Warning);
        builder.Logging.AddFilter("LockGrains.SqliteLockStores", LogLevel.Error);
        builder.Services.AddHostedService(services => new DemoCrowd(settings, Console.WriteLine, services.GetRequiredService<TimeProvider>()));
    }

    /// <summary>Says where to look, and how to stop.</summary>
    public static void Introduce(SiloSettings settings, Action<string> tell)
    {
        tell("LockGrains demo: five programs contend for four locks, and one is killed now and then. Ctrl+C stops it.");
        tell($"  {DemoKeys.Order,-15} a mutex: one at a time, first come, first served");
        tell($"  {DemoKeys.Report,-15} readers share it, a writer has it alone");
        tell($"  {DemoKeys.Pool,-15} a semaphore with {DemoKeys.PoolLimit} permits");
        tell($"  {DemoKeys.Leader,-15} whoever holds it leads");
        tell($"Look at them in a browser: {settings.HttpUrl}/");
        tell("Look at one from another shell:");
        tell($"  curl -s '{settings.HttpUrl}/v1/lock?key={Uri.EscapeDataString(DemoKeys.Order)}'");
        tell("");
    }
}
