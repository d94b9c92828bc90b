namespace LockGrains.Silo.Telemetry;

/// <summary>What of metrics and traces is on. Who sets nothing sends nothing, and pays for nothing but the metrics that <c>/metrics</c> shows.</summary>
/// <param name="ServesMetrics">Whether <c>/metrics</c> is served.</param>
/// <param name="MetricsTo">Where metrics are sent, for people; null for nowhere.</param>
/// <param name="TracesTo">Where traces are sent, for people; null for nowhere.</param>
internal sealed record TelemetryChoice(bool ServesMetrics, string? MetricsTo, string? TracesTo)
{
    /// <summary>OpenTelemetry's own variable: where everything is sent.</summary>
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string Disabled = "OTEL_SDK_DISABLED";
    private const string Nothing = "none";

    /// <summary>Whether metrics are collected at all.</summary>
    public bool HasMetrics => ServesMetrics || MetricsTo is not null;

    /// <summary>Whether traces are recorded.</summary>
    public bool HasTraces => TracesTo is not null;

    /// <summary>Decides, by the variables of OpenTelemetry and the silo's own setting.</summary>
    /// <param name="configuration">The configuration; its environment variables have those of OpenTelemetry.</param>
    /// <param name="settings">The silo's settings.</param>
    /// <param name="exposure">What of HTTP is served.</param>
    /// <exception cref="StartException">An endpoint is none. OpenTelemetry would send to this machine instead, and say nothing.</exception>
    public static TelemetryChoice Decide(IConfiguration configuration, SiloSettings settings, AccessExposure exposure)
    {
        if (bool.TryParse(configuration[Disabled], out var isDisabled) && isDisabled)
            return new TelemetryChoice(ServesMetrics: false, MetricsTo: null, TracesTo: null);
        return new TelemetryChoice(
            settings.Metrics && exposure.ServesApi, FindTarget(configuration, OtlpTarget.Metrics), FindTarget(configuration, OtlpTarget.Traces));
    }

    /// <summary>Says where it is sent, if it is.</summary>
    public void Log(ILogger logger)
    {
        if (MetricsTo is not null && MetricsTo == TracesTo)
        {
            logger.LogTelemetry("metrics and traces", MetricsTo);
            return;
        }

        if (MetricsTo is not null)
            logger.LogTelemetry("metrics", MetricsTo);
        if (TracesTo is not null)
            logger.LogTelemetry("traces", TracesTo);
    }

    private static string? FindTarget(IConfiguration configuration, string signal)
    {
        if (string.Equals(configuration[$"OTEL_{signal}_EXPORTER"], Nothing, StringComparison.OrdinalIgnoreCase))
            return null;
        var own = OtlpTarget.Find(configuration, signal, "ENDPOINT");
        var name = own is null ? Endpoint : OtlpTarget.NameOf(signal, "ENDPOINT");
        var text = own ?? configuration[Endpoint];
        if (string.IsNullOrWhiteSpace(text))
            return null;

        // Without what may be secret in it.
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            ? uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)
            : throw new StartException(StartException.BadSettings, $"{name} is no address; it must be an absolute one of http or https, such as http://localhost:4317.");
    }
}
