using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Http.Tests.Harness;

/// <summary>A real server on this machine, over HTTPS, that renews and grants whatever it is asked for.</summary>
internal sealed class HttpsServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Protocol, string Authorization)> _requests = new();

    private HttpsServer(WebApplication app) => _app = app;

    /// <summary>What arrived.</summary>
    public IReadOnlyList<(string Protocol, string Authorization)> Requests => [.. _requests];

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<HttpsServer> StartAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var server = new HttpsServer(builder.Build());
        server._app.Run(server.ServeAsync);
        await server._app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task ServeAsync(HttpContext context)
    {
        _requests.Enqueue((context.Request.Protocol, context.Request.Headers.Authorization.ToString()));
        context.Response.ContentType = "application/json";
        context.Response.Headers["LockGrains-Store"] = "aaaa";
        return context.Response.WriteAsync(context.Request.Path.Value switch
        {
            "/v1/acquire" => """{"outcome":"granted","key":"k","fencingToken":7,"validForSeconds":30,"leaseSeconds":30,"permitNumbers":[],"valueVersion":0}""",
            "/v1/release" => """{"outcome":"released","key":"k"}""",
            _ => """{"outcome":"renewed","key":"k","validForSeconds":30,"waiting":0}""",
        });
    }
}
