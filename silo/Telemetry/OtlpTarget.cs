using System.Globalization;
using OpenTelemetry.Exporter;

namespace LockGrains.Silo.Telemetry;

/// <summary>
/// Where metrics or traces alone are sent, and how: <c>OTEL_EXPORTER_OTLP_METRICS_…</c> and <c>OTEL_EXPORTER_OTLP_TRACES_…</c>. The exporter reads the
/// variables of both by itself. Those of one signal it leaves to <c>UseOtlpExporter</c>, which would send the logs as well.
/// </summary>
internal static class OtlpTarget
{
    public const string Metrics = "METRICS";
    public const string Traces = "TRACES";

    /// <summary>What a variable of one signal says; null where it is not set.</summary>
    /// <param name="configuration">The configuration, with the environment variables.</param>
    /// <param name="signal"><see cref="Metrics"/> or <see cref="Traces"/>.</param>
    /// <param name="what">The end of the variable's name.</param>
    public static string? Find(IConfiguration configuration, string signal, string what) =>
        configuration[NameOf(signal, what)] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    /// <summary>The name of a variable of one signal.</summary>
    public static string NameOf(string signal, string what) => $"OTEL_EXPORTER_OTLP_{signal}_{what}";

    /// <summary>Puts what is said of one signal over what is said of both. What cannot be read counts as not set, as with the variables of both.</summary>
    public static void Apply(OtlpExporterOptions options, IConfiguration configuration, string signal)
    {
        // As it stands: unlike the address of both, it has its path.
        if (Find(configuration, signal, "ENDPOINT") is { } endpoint)
            options.Endpoint = new Uri(endpoint);
        if (Find(configuration, signal, "HEADERS") is { } headers)
            options.Headers = headers;
        if (int.TryParse(Find(configuration, signal, "TIMEOUT"), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
            options.TimeoutMilliseconds = milliseconds;
        options.Protocol = Find(configuration, signal, "PROTOCOL") switch
        {
            "grpc" => OtlpExportProtocol.Grpc,
            "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
            _ => options.Protocol,
        };
        options.Compression = Find(configuration, signal, "COMPRESSION") switch
        {
            "gzip" => OtlpExportCompression.GZip,
            "none" => OtlpExportCompression.None,
            _ => options.Compression,
        };
    }
}
