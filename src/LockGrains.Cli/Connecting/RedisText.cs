using StackExchange.Redis;

namespace LockGrains.Cli.Connecting;

/// <summary>Redis connection strings, checked before anything is connected.</summary>
internal static class RedisText
{
    /// <exception cref="CliException">It is malformed, and how. Never repeats it: it may hold a password.</exception>
    public static ConfigurationOptions Parse(string text)
    {
        var problem = "it names no server";
        try
        {
            if (ConfigurationOptions.Parse(text) is { EndPoints.Count: > 0 } options)
            {
                return options;
            }
        }
        catch (ArgumentException exception)
        {
            problem = Failure.FirstLine(exception).TrimEnd('.');
        }

        throw new CliException(ExitCode.Usage, $"bad Redis connection string: {problem}. Write HOST:PORT[,HOST:PORT...][,password=...][,ssl=true].");
    }
}
