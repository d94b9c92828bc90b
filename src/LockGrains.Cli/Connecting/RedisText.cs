using System.Diagnostics.CodeAnalysis;
using StackExchange.Redis;

namespace LockGrains.Cli.Connecting;

/// <summary>Redis connection strings, checked before anything is connected.</summary>
internal static class RedisText
{
    /// <summary>Says what is wrong with a connection string. Never repeats it: it may hold a password.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ConfigurationOptions? options, [NotNullWhen(false)] out string? problem)
    {
        options = null;
        problem = null;
        try
        {
            var parsed = ConfigurationOptions.Parse(text);
            if (parsed.EndPoints.Count > 0)
            {
                options = parsed;
                return true;
            }

            problem = "it names no server";
        }
        catch (ArgumentException exception)
        {
            problem = Failure.FirstLine(exception);
        }

        problem = $"bad Redis connection string: {problem.TrimEnd('.')}. Write HOST:PORT[,HOST:PORT...][,password=...][,ssl=true].";
        return false;
    }

    public static ConfigurationOptions Parse(string text) =>
        TryParse(text, out var options, out var problem) ? options : throw new CliException(ExitCode.Usage, problem);
}
