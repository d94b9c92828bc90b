using System.Globalization;
using System.Net;
using System.Reflection;
using LockGrains.AspNetCore;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LockGrains.Silo.Telemetry;

/// <summary>Sets OpenTelemetry up. Whatever its own variables say (<c>OTEL_…</c>) wins over what is said here.</summary>
internal static class TelemetrySetup
{
    private const string SamplerVariable = "OTEL_TRACES_SAMPLER";

    // What most of the volume of traces costs is paid by who asks for it: a caller that records its own trace has ours.
    private const double SampledShare = 0.1;

    private static readonly string[] Meters =
    [
        LockGrainMetrics.MeterName, "LockGrains.Client", HttpMeasures.MeterName, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "System.Runtime",
    ];

    private static readonly string[] Sources = ["LockGrains", "Microsoft.Orleans.Application", "Microsoft.Orleans.Lifecycle"];

    /// <summary>Adds what is on, and nothing where nothing is.</summary>
    /// <exception cref="StartException">An endpoint is none.</exception>
    public static TelemetryChoice AddTelemetry(this WebApplicationBuilder builder, SiloSettings settings, AccessExposure exposure)
    {
        var choice = TelemetryChoice.Decide(builder.Configuration, settings, exposure);
        if (!choice.HasMetrics && !choice.HasTraces)
            return choice;
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => Describe(resource, settings));
        if (choice.HasMetrics)
            telemetry.WithMetrics(metrics => AddMetrics(metrics, choice, builder.Configuration));
        if (!choice.HasTraces)
            return choice;
        telemetry.WithTracing(tracing => AddTracing(tracing, builder.Configuration));

        // It costs a filter around every call, so only whoever records traces has it.
        if (settings.Front)
            builder.UseOrleansClient(static client => client.AddActivityPropagation());
        else
            builder.UseOrleans(static silo => silo.AddActivityPropagation());
        return choice;
    }

    private static void Describe(ResourceBuilder resource, SiloSettings settings)
    {
        var address = settings.Front
            ? $"{Environment.MachineName}:{settings.HttpPort.ToString(CultureInfo.InvariantCulture)}"
            : new IPEndPoint(settings.ResolveAdvertisedIP(), settings.SiloPort).ToString();
        resource
            .AddService(settings.Front ? "lockgrains-front" : "lockgrains-silo", serviceVersion: Version, serviceInstanceId: address)
            .AddAttributes([new("lockgrains.cluster", settings.ClusterId), new("lockgrains.storage", NameStorage(settings))])
            .AddEnvironmentVariableDetector();
    }

    private static string Version => typeof(TelemetrySetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private static string NameStorage(SiloSettings settings) =>
        settings.Front ? "none" : settings.Redis is not null ? "redis" : settings.Postgres is not null ? "postgresql" : settings.Memory ? "memory" : "sqlite";

    private static void AddMetrics(MeterProviderBuilder metrics, TelemetryChoice choice, ConfigurationManager configuration)
    {
        metrics.AddMeter(Meters);
        if (choice.MetricsTo is not null)
            metrics.AddOtlpExporter(options => OtlpTarget.Apply(options, configuration, OtlpTarget.Metrics));
        if (!choice.ServesMetrics)
            return;

        // Names as dashboards and alerts have them, whatever a scraper would take.
        metrics.AddPrometheusExporter(static options =>
        {
            options.TranslationStrategy = PrometheusAspNetCoreTranslationStrategy.UnderscoreEscapingWithSuffixes;
            options.ScopeInfoEnabled = false;
        });
    }

    private static void AddTracing(TracerProviderBuilder tracing, ConfigurationManager configuration)
    {
        tracing.AddSource(Sources).AddOtlpExporter(options => OtlpTarget.Apply(options, configuration, OtlpTarget.Traces));
        tracing.AddAspNetCoreInstrumentation(static options => options.Filter = static context => !IsLookedAtOften(context.Request.Path));
        if (string.IsNullOrWhiteSpace(configuration[SamplerVariable]))
            tracing.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(SampledShare)));
    }

    private static bool IsLookedAtOften(PathString path) => path.StartsWithSegments("/health") || path == MetricsEndpoint.Path;
}
