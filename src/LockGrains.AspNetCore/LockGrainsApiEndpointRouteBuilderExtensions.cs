using LockGrains.AspNetCore;
using LockGrains.AspNetCore.Calls;
using LockGrains.AspNetCore.OpenApi;
using LockGrains.AspNetCore.Replies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the HTTP API. In the namespace of <see cref="IEndpointRouteBuilder"/>'s own extensions: whoever maps needs no further using.</summary>
public static class LockGrainsApiEndpointRouteBuilderExtensions
{
    /// <summary>The calls with a body, by their path.</summary>
    private static readonly (string Path, Func<ApiCall, Task<Reply>> Handle)[] Posts =
    [
        ("/acquire", AcquireCalls.AcquireAsync),
        ("/renew", HoldCalls.RenewAsync),
        ("/beat", BeatCall.BeatAsync),
        ("/release", HoldCalls.ReleaseAsync),
        ("/cancel", HoldCalls.CancelAsync),
        ("/verify", HoldCalls.VerifyAsync),
        ("/upgrade", AcquireCalls.UpgradeAsync),
        ("/cancel-upgrade", HoldCalls.CancelUpgradeAsync),
        ("/downgrade", HoldCalls.DowngradeAsync),
        ("/value", HoldCalls.SetValueAsync),
        ("/revoke", OperatorCalls.RevokeAsync),
        ("/limit", OperatorCalls.SetLimitAsync),
        ("/session/open", SessionCalls.OpenAsync),
        ("/session/renew", SessionCalls.RenewAsync),
        ("/session/close", SessionCalls.CloseAsync),
        ("/session/revoke", SessionCalls.RevokeAsync),
        ("/tidy", TidyCalls.StartAsync),
    ];

    /// <summary>The calls that only read, by their path.</summary>
    private static readonly (string Path, Func<ApiCall, Task<Reply>> Handle)[] Gets =
    [
        ("", ReadCalls.GetAboutAsync),
        ("/lock", ReadCalls.GetLockAsync),
        ("/locks", ListCall.GetLocksAsync),
        ("/value", ReadCalls.GetValueAsync),
        ("/session", SessionCalls.GetAsync),
        ("/silos", SiloCall.GetSilosAsync),
        ("/tidy", TidyCalls.GetAsync),
    ];

    /// <summary>
    /// Maps the HTTP API: <c>POST PREFIX/acquire</c> and the others (docs/HTTP.md). Whatever else is below the prefix is replied to with a
    /// problem in JSON.
    /// </summary>
    /// <param name="endpoints">The endpoints of the host.</param>
    /// <param name="prefix">The beginning of every path. Default <c>/v1</c>.</param>
    /// <returns>All endpoints together, for what a host adds to them.</returns>
    /// <exception cref="InvalidOperationException"><c>AddLockGrainsHttp</c> was not called.</exception>
    public static IEndpointConventionBuilder MapLockGrainsApi(this IEndpointRouteBuilder endpoints, string prefix = "/v1")
    {
        ThrowIfNotAdded(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        var group = endpoints.MapGroup(prefix);
        foreach (var (path, handle) in Posts)
            group.MapPost(path, ApiEndpoint.Of(handle));
        foreach (var (path, handle) in Gets)
            group.MapGet(path, ApiEndpoint.Of(handle));
        group.MapGet("/watch", ApiEndpoint.OfStream(WatchCall.RunAsync));

        // Other methods of these paths come here, since an endpoint without a method is the last to be chosen.
        var methods = Posts.Select(static post => (post.Path, Method: HttpMethods.Post))
            .Concat(Gets.Select(static get => (get.Path, Method: HttpMethods.Get)))
            .Append((Path: "/watch", Method: HttpMethods.Get));
        foreach (var path in methods.GroupBy(static call => call.Path, static call => call.Method))
            group.Map(path.Key, Otherwise(Problem.MethodNotAllowed, string.Join(", ", path)));
        group.Map("/{**rest}", Otherwise(Problem.NotFound, allow: null));
        return group;
    }

    /// <summary>Maps the description of the HTTP API as it is under <c>/v1</c>: an OpenAPI 3.1 document.</summary>
    /// <param name="endpoints">The endpoints of the host.</param>
    /// <param name="pattern">Its path. Default <c>/openapi/v1.json</c>.</param>
    /// <exception cref="InvalidOperationException"><c>AddLockGrainsHttp</c> was not called.</exception>
    public static IEndpointConventionBuilder MapLockGrainsOpenApi(this IEndpointRouteBuilder endpoints, string pattern = "/openapi/v1.json")
    {
        ThrowIfNotAdded(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        return endpoints.MapGet(pattern, ApiEndpoint.Of(OpenApiCall.GetAsync));
    }

    private static RequestDelegate Otherwise(Problem problem, string? allow) => ApiEndpoint.Of(call =>
    {
        call.Identify();
        var detail = allow is null ? "docs/HTTP.md lists all calls." : $"This call has the method {allow}.";
        return Task.FromResult(Reply.Of(problem.With(detail), allow));
    });

    private static void ThrowIfNotAdded(IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.ServiceProvider.GetService<IServiceProviderIsService>()?.IsService(typeof(ApiServices)) != true)
            throw new InvalidOperationException("Call AddLockGrainsHttp() on the services of this host first.");
    }
}
