namespace LockGrains.Silo;

/// <summary>Whether this process runs in a container: what has a loopback address there may be another container of its pod.</summary>
internal static class Container
{
    /// <summary>Whether it does.</summary>
    public static bool IsAroundUs { get; } = Find(Environment.GetEnvironmentVariable, File.Exists);

    /// <summary>Looks for what images of .NET, Docker, Podman and Kubernetes leave.</summary>
    /// <param name="read">Reads an environment variable.</param>
    /// <param name="exists">Says whether a file is there.</param>
    public static bool Find(Func<string, string?> read, Func<string, bool> exists) =>
        read("DOTNET_RUNNING_IN_CONTAINER") is "true" or "1" || read("KUBERNETES_SERVICE_HOST") is { Length: > 0 }
        || exists("/.dockerenv") || exists("/run/.containerenv");
}
