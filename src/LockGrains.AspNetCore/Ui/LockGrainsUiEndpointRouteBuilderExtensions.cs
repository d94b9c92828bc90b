using LockGrains.AspNetCore;
using LockGrains.AspNetCore.Ui;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the live page. In the namespace of <see cref="IEndpointRouteBuilder"/>'s own extensions: whoever maps needs no further using.</summary>
public static class LockGrainsUiEndpointRouteBuilderExtensions
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Maps the live page of locks at <c>/</c>, and its parts below <c>/page</c> (docs/PAGE.md). The page has no data of its own, and everybody may
    /// have it. It calls the HTTP API at <c>/v1</c> beside it, with the access key that is pasted into it. So map <c>MapLockGrainsApi</c> on the same
    /// endpoints: both on the host, or both on one group.
    /// <para>The idea of a page that frees locks and asks who does it and why is Consul's and Temporal's.</para>
    /// </summary>
    /// <param name="endpoints">The endpoints of the host, or a group of them.</param>
    /// <returns>All endpoints together, for what a host adds to them.</returns>
    /// <exception cref="InvalidOperationException"><c>AddLockGrainsHttp</c> was not called.</exception>
    public static IEndpointConventionBuilder MapLockGrainsUi(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.ServiceProvider.GetService<IServiceProviderIsService>()?.IsService(typeof(ApiServices)) != true)
            throw new InvalidOperationException("Call AddLockGrainsHttp() on the services of this host first.");
        var group = endpoints.MapGroup("");
        group.MapMethods("/", Methods, UiEndpoint.GetIndexAsync);
        foreach (var file in UiFiles.Parts)
            group.MapMethods($"/page/{file.Name}", Methods, context => UiEndpoint.GetAsync(context, file));
        return group;
    }
}
