using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.Client.Http.Tests.Examples;

/// <summary>The code of docs/HTTP-CLIENT.md.</summary>
internal static class SetUp
{
    public static void Register(IServiceCollection services)
    {
        services.AddLockGrainsHttpClient(options =>
        {
            options.Servers = ["https://locks-1:8080", "https://locks-2:8080"];
            options.AccessKey = Environment.GetEnvironmentVariable("LOCKGRAINS_TOKEN");
        });
    }

    public static HttpLockClientOptions Trust()
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile("/etc/locks/ca.pem");
        var options = new HttpLockClientOptions { Servers = ["https://locks-1:8080"], TrustedAuthorities = authorities };
        return options;
    }

    public static async Task AcquireAsync()
    {
        await using var locks = LockClient.Create(new HttpLockClientOptions { Servers = ["https://locks-1:8080"] });
        await using var handle = await locks.AcquireAsync("report");
    }
}
