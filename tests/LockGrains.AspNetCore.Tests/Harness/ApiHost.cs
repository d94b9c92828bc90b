using LockGrains.AspNetCore.Access;
using LockGrains.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LockGrains.AspNetCore.Tests.Harness;

/// <summary>A silo by itself with the HTTP API, on a real port of this machine.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ApiHost(WebApplication app, AccessStub access, LogLines logs)
    {
        (_app, Access, Logs) = (app, access, logs);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Address = new Uri(address);
        Client = new HttpClient { BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan };
        Api = new ApiClient(Client);
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public ApiClient Api { get; }

    public LogLines Logs { get; }

    internal AccessStub Access { get; }

    internal ApiServices Services => _app.Services.GetRequiredService<ApiServices>();

    /// <summary>All endpoints, with their routes.</summary>
    public IEnumerable<RouteEndpoint> Endpoints => ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    public static Task<ApiHost> StartAsync(Action<LockGrainsHttpOptions>? configure = null, LockPolicy? policy = null) => StartAsync(
        builder => builder.UseOrleans(silo => silo
            .UseLocalhostClustering(FreePort.Find(), FreePort.Find())
            .UseLockGrainsDefaults()
            .AddLockGrains(options => options.Policy = policy ?? new LockPolicy())
            .AddLockGrainsMemoryStorage()),
        configure);

    /// <summary>Over locks of the test's own.</summary>
    public static Task<ApiHost> StartAsync(IGrainFactory grains, Action<LockGrainsHttpOptions>? configure = null) =>
        StartAsync(builder => builder.Services.AddSingleton(grains), configure);

    private static async Task<ApiHost> StartAsync(Action<WebApplicationBuilder> addLocks, Action<LockGrainsHttpOptions>? configure)
    {
        var (access, logs) = (new AccessStub(), new LogLines());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddFilter("Orleans", LogLevel.Warning).AddProvider(logs);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
        addLocks(builder);
        builder.Services.AddSingleton<IAccess>(access);
        builder.Services.AddLockGrainsHttp(configure);
        var app = builder.Build();
        app.MapLockGrainsApi();
        app.MapLockGrainsOpenApi();
        app.MapLockGrainsUi();
        await app.StartAsync();
        return new ApiHost(app, access, logs);
    }

    /// <summary>Ends it, as a signal would.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        Access.Dispose();
    }
}

/// <summary>Says who may do what; everybody everything, until a test says otherwise.</summary>
internal sealed class AccessStub : IAccess, IDisposable
{
    /// <summary>What stands for any lock at all.</summary>
    public const string Anywhere = "(anywhere)";

    private readonly Lock _gate = new();
    private readonly List<(AccessVerb Verb, string Key)> _asked = [];
    private volatile CancellationTokenSource _changed = new();

    /// <summary>Who everybody is.</summary>
    public string Who { get; set; } = "stub";

    public Func<AccessVerb, string, AccessOutcome> Rule { get; set; } = static (_, _) => AccessOutcome.Allowed;

    /// <summary>How often it was asked for very many keys at one time.</summary>
    public int FiltersMade { get; private set; }

    /// <summary>What was asked since the last time.</summary>
    public IReadOnlyList<(AccessVerb Verb, string Key)> TakeAsked()
    {
        lock (_gate)
        {
            (AccessVerb, string)[] asked = [.. _asked];
            _asked.Clear();
            return asked;
        }
    }

    public AccessDecision Decide(Microsoft.AspNetCore.Http.HttpContext context, AccessVerb verb, string key)
    {
        lock (_gate) _asked.Add((verb, key));
        return new AccessDecision(Rule(verb, key), Who);
    }

    public AccessDecision Decide(Microsoft.AspNetCore.Http.HttpContext context, AccessVerb verb, string key, out Func<string, bool> isAllowed)
    {
        FiltersMade++;
        isAllowed = one => Decide(context, verb, one).Outcome == AccessOutcome.Allowed;
        return new AccessDecision(Rule(verb, key), Who);
    }

    public AccessValidity GetValidity(Microsoft.AspNetCore.Http.HttpContext context) => new(_changed.Token, EndsIn);

    /// <summary>After what time the access key of each request is over; null for never.</summary>
    public TimeSpan? EndsIn { get; set; }

    /// <summary>Another rule from now on, of which what is open hears.</summary>
    public void Change(Func<AccessVerb, string, AccessOutcome> rule)
    {
        Rule = rule;
        var before = _changed;
        _changed = new CancellationTokenSource();
        before.Cancel();
    }

    public AccessDecision DecidePrefix(Microsoft.AspNetCore.Http.HttpContext context, AccessVerb verb, string prefix) => Decide(context, verb, prefix);

    public AccessDecision DecideAnywhere(Microsoft.AspNetCore.Http.HttpContext context, AccessVerb verb) => Decide(context, verb, Anywhere);

    public void Dispose() => _changed.Dispose();
}

/// <summary>Everything that was logged, as text, the scopes and values included.</summary>
public sealed class LogLines : ILoggerProvider
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get { lock (_gate) return [.. _lines]; }
    }

    /// <summary>Forgets them, for who has looked at them.</summary>
    public void Clear()
    {
        lock (_gate) _lines.Clear();
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(string line)
    {
        lock (_gate) _lines.Add(line);
    }

    private sealed class Logger(LogLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            lines.Add($"{category} scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add($"{category} {logLevel} {formatter(state, exception)} {exception}");
    }
}
