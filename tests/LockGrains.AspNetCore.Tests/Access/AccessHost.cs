using LockGrains.AspNetCore.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LockGrains.AspNetCore.Tests.Access;

/// <summary>Access as a host has it, on a configuration that a test changes and a clock that it moves.</summary>
internal sealed class AccessHost : IDisposable
{
    private readonly ChangingConfiguration _configuration;
    private readonly ServiceProvider _services;

    public AccessHost(string json, Action<AccessOptions>? configure = null)
    {
        _configuration = new ChangingConfiguration(json);
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Add(_configuration).Build());
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Lines));
        services.AddSingleton<TimeProvider>(Clock);
        services.AddAccess();
        if (configure is not null)
            services.PostConfigure(configure);
        _services = services.BuildServiceProvider();
        Access = _services.GetRequiredService<IAccess>();
    }

    public ManualTimeProvider Clock { get; } = new();

    public LogLines Lines { get; } = new();

    public IAccess Access { get; }

    public static string KeyJson(string name, string secret, params (string Prefix, string[] Allow)[] rules) => KeyJson(name, secret, null, rules);

    public static string KeyJson(string name, string secret, string? notAfter, params (string Prefix, string[] Allow)[] rules) => $$"""
        {
          "Name": "{{name}}", "Sha256": "{{AccessSecret.Hash(secret)}}", {{(notAfter is null ? "" : $"\"NotAfter\": \"{notAfter}\",")}}
          "Rules": [ {{string.Join(", ", rules.Select(rule => $$"""{ "Prefix": "{{rule.Prefix}}", "Allow": [ {{string.Join(", ", rule.Allow.Select(verb => $"\"{verb}\""))}} ] }"""))}} ]
        }
        """;

    public static string AccessJson(params string[] keys) => $$"""{ "LockGrains": { "Access": { "Keys": [ {{string.Join(", ", keys)}} ] } } }""";

    /// <summary>A request of a program of this machine.</summary>
    public static DefaultHttpContext LocalRequest()
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = System.Net.IPAddress.Loopback;
        context.Connection.LocalIpAddress = System.Net.IPAddress.Loopback;
        context.Request.Protocol = HttpProtocol.Http11;
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("localhost", 8080);
        return context;
    }

    public AccessDecision Decide(string? authorization, AccessVerb verb = AccessVerb.Acquire, string key = "billing/42")
    {
        var context = LocalRequest();
        if (authorization is not null)
            context.Request.Headers.Authorization = authorization;
        return Access.Decide(context, verb, key);
    }

    public AccessDecision Ask(string secret, AccessVerb verb = AccessVerb.Acquire, string key = "billing/42") => Decide($"Bearer {secret}", verb, key);

    public void Change(string json) => _configuration.Change(json);

    public void Dispose() => _services.Dispose();
}
