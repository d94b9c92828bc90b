using LockGrains.AspNetCore.Access;
using LockGrains.Silo;
using LockGrains.Silo.Telemetry;
using Microsoft.Extensions.Configuration;

namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>What of metrics and traces is on, by settings and variables alone.</summary>
public sealed class TelemetryChoiceTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    [Theory]
    [InlineData(true, null, null)]
    [InlineData(true, null, null, Endpoint, "")]
    [InlineData(true, "http://c:4317", "http://c:4317", Endpoint, "http://c:4317")]
    [InlineData(true, "https://c", "https://c", Endpoint, "https://user:secret@c/path?key=secret")]
    [InlineData(true, null, "http://c:4317", Endpoint, "http://c:4317", "OTEL_METRICS_EXPORTER", "none")]
    [InlineData(true, "http://c:4317", null, Endpoint, "http://c:4317", "OTEL_TRACES_EXPORTER", "NONE")]
    [InlineData(true, null, "http://t:1", TracesEndpoint, "http://t:1")]
    [InlineData(true, "http://c:1", "http://t:1", Endpoint, "http://c:1", TracesEndpoint, "http://t:1")]
    [InlineData(false, null, null, Endpoint, "http://c:4317", "OTEL_SDK_DISABLED", "true")]
    public void Decide_ByVariables_IsThis(bool servesMetrics, string? metricsTo, string? tracesTo, params string[] variables) =>
        Assert.Equal(new TelemetryChoice(servesMetrics, metricsTo, tracesTo), Decide(new SiloSettings(), isApiOn: true, variables));

    [Fact]
    public void Decide_SwitchedOffOrNoApi_ServesNoMetrics()
    {
        Assert.False(Decide(new SiloSettings { Metrics = false }, isApiOn: true).HasMetrics);
        Assert.False(Decide(new SiloSettings(), isApiOn: false).HasMetrics);
        Assert.True(Decide(new SiloSettings { Metrics = false }, isApiOn: false, Endpoint, "http://c:4317") is { HasMetrics: true, HasTraces: true, ServesMetrics: false });
    }

    [Theory]
    [InlineData(Endpoint, "collector:4317")]
    [InlineData(TracesEndpoint, "4317")]
    [InlineData(Endpoint, "ftp://c")]
    public void Decide_WrongAddress_IsRefusedByItsName(string name, string value)
    {
        var exception = Assert.Throws<StartException>(() => Decide(new SiloSettings(), isApiOn: true, name, value));

        Assert.Equal(StartException.BadSettings, exception.ExitCode);
        Assert.StartsWith($"{name} is no address", exception.Message, StringComparison.Ordinal);
    }

    private static TelemetryChoice Decide(SiloSettings settings, bool isApiOn, params string[] variables)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(variables.Chunk(2).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
            .Build();
        return TelemetryChoice.Decide(configuration, settings, new AccessExposure(isApiOn ? null : "off", AnonymousAccess.None, OperatorKeyFile: null, IsReachable: false));
    }
}
