using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.AspNetCore.Tests.Examples;

/// <summary>The code of docs/HTTP.md; <see cref="Contract.DocumentTests"/> runs it.</summary>
internal static class Hosting
{
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        builder.Services.AddLockGrainsHttp(options => options.MaxWaiting = 2_000);

        var app = builder.Build();
        app.MapLockGrainsApi("/v1");
        app.MapLockGrainsOpenApi();
        app.MapLockGrainsUi(); // the live page, at /
        return app;
    }
}
