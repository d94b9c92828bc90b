using System.Collections;
using System.Text;

namespace LockGrains.Cli.Children;

/// <summary>
/// Arguments and environment as the system has them: bytes. .NET reads them as UTF-8, and what is none, such as a file's name in another
/// encoding, would come out as another name.
/// </summary>
internal static class RawText
{
    /// <summary>The last arguments of this process.</summary>
    /// <param name="args">The same, as .NET has read them.</param>
    public static IReadOnlyList<byte[]> OfArguments(IReadOnlyList<string> args)
    {
        var all = TryReadList("/proc/self/cmdline");
        return all is not null && all.Count >= args.Count ? all[^args.Count..] : [.. args.Select(Encode)];
    }

    /// <summary>The environment that this process was started with, as NAME=VALUE.</summary>
    public static IReadOnlyList<byte[]> OfEnvironment() =>
        TryReadList("/proc/self/environ")
        ?? [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => Encode($"{entry.Key}={entry.Value}"))];

    /// <summary>An environment with one variable set; without it where the value is null.</summary>
    public static IReadOnlyList<byte[]> With(this IReadOnlyList<byte[]> environment, string name, string? value)
    {
        var prefix = Encode($"{name}=");
        var others = environment.Where(entry => !entry.AsSpan().StartsWith(prefix));
        return value is null ? [.. others] : [.. others, Encode($"{name}={value}")];
    }

    /// <summary>The value of a variable; null when it is not set.</summary>
    public static string? Get(this IReadOnlyList<byte[]> environment, string name)
    {
        var prefix = Encode($"{name}=");
        return environment.FirstOrDefault(entry => entry.AsSpan().StartsWith(prefix)) is { } entry
            ? Encoding.UTF8.GetString(entry.AsSpan(prefix.Length)) : null;
    }

    public static byte[] Encode(string text) => Encoding.UTF8.GetBytes(text);

    private static List<byte[]>? TryReadList(string path)
    {
        try
        {
            var list = new List<byte[]>();
            var rest = File.ReadAllBytes(path).AsSpan();
            while (rest.IndexOf((byte)0) is var end && end >= 0)
            {
                list.Add(rest[..end].ToArray());
                rest = rest[(end + 1)..];
            }

            return list;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
