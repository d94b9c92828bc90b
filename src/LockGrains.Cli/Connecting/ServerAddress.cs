using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Cli.Connecting;

/// <summary>The address of a server, as it is typed.</summary>
internal static class ServerAddress
{
    public const string Form = "URL[,URL...], for example http://127.0.0.1:8080 or https://locks-1:8080,https://locks-2:8080";

    /// <summary>Reads a comma-separated list.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="servers">The servers, as the client takes them.</param>
    /// <param name="problem">What is wrong with it. A password that was typed is not repeated.</param>
    public static bool TryParseList(string text, [NotNullWhen(true)] out IReadOnlyList<string>? servers, [NotNullWhen(false)] out string? problem)
    {
        var list = text.Split(',', StringSplitOptions.TrimEntries);
        servers = null;
        problem = null;
        if (Array.Find(list, static item => Server.FindAddress(item) is null) is { } wrong)
            problem = $"{(text.Contains('@', StringComparison.Ordinal) ? "What has a user or a password" : $"'{wrong}'")} is not the address of a server. Write {Form}.";
        else if (list.GroupBy(static item => Server.FindAddress(item)!, StringComparer.Ordinal).FirstOrDefault(static same => same.Count() > 1) is { } twice)
            problem = $"The server {twice.Key} is there twice.";
        else if (list.Length > HttpLockClientOptions.ServersMax)
            problem = $"These are {list.Length} servers; at most {HttpLockClientOptions.ServersMax}.";
        else
            servers = list;
        return servers is not null;
    }

    /// <summary>Whether nobody but this machine is asked at an address.</summary>
    public static bool IsLoopback(string server) => Find(server) is { IsLoopback: true };

    /// <summary>The host, where it is a name that has to be looked up; null for an address.</summary>
    public static string? FindName(string server) =>
        Find(server) is { HostNameType: UriHostNameType.Dns, IsLoopback: false } uri ? uri.IdnHost : null;

    private static Uri? Find(string text) => Server.FindAddress(text) is { } address ? new Uri(address) : null;
}
