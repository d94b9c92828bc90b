using LockGrains.AspNetCore.Access;
using LockGrains.Silo;
using LockGrains.Silo.Telemetry;
using Microsoft.Extensions.Configuration;
using YamlDotNet.Core;

namespace LockGrains.Cli.Tests.Kubernetes;

/// <summary>The manifests for Kubernetes, held against the silo that they run.</summary>
public sealed class ManifestTests
{
    private static readonly Manifests All = Manifests.Load();
    private static readonly SiloSettings Defaults = new();

    [Theory]
    [InlineData("  minRaedySeconds: 10\n")]
    [InlineData("  replicas: 3\n")]
    public void Parse_WithAMisspeltMemberOrOneThatIsThereTwice_IsRefused(string line)
    {
        var text = File.ReadAllText(Path.Combine(Manifests.Folder, "silos.yaml"));
        var wrong = text.Replace("  replicas: 3\n", $"  replicas: 3\n{line}", StringComparison.Ordinal);
        Assert.NotEqual(text, wrong);

        Assert.IsAssignableFrom<YamlException>(Record.Exception(() => Manifests.Parse(wrong)));
    }

    /// <summary>What the pods are told is what a silo of a cluster starts with, and serves its API with.</summary>
    [Fact]
    public void Environment_OfASilo_IsReadWithoutAProblem()
    {
        var variables = All.Silo.Env.Where(one => one.Name.StartsWith("LockGrains__", StringComparison.Ordinal)).ToList();
        Assert.Equal(variables.Count, variables.Select(one => one.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(variables.Select(one => KeyValuePair.Create(one.Name.Replace("__", ":", StringComparison.Ordinal), (string?)ValueOf(one))))
            .Build();

        var settings = SiloSettings.Read(configuration);
        var access = SiloAccess.Read(configuration);

        Assert.Equal(("10.1.2.3", "0.0.0.0", "redis:6379"), (settings.AdvertisedIP, settings.HttpAddress, settings.Redis));
        Assert.Equal(["apps", "operators", "prometheus"], access.Keys.Select(key => key.Name));
        var exposure = AccessExposure.Decide(settings, access, isInContainer: true);
        Assert.True(TelemetryChoice.Decide(configuration, settings, exposure).ServesMetrics);
        Assert.All(access.Keys.Where(key => key.Name != "operators"), key => Assert.DoesNotContain("revoke", key.Rules.SelectMany(rule => rule.Allow)));
        Assert.Equal(["prometheus/"], access.Keys[2].Rules.Select(rule => rule.Prefix));
    }

    [Fact]
    public void Ports_AreThoseOfTheSilo()
    {
        Assert.Equal(
            [("silo", Defaults.SiloPort), ("gateway", Defaults.GatewayPort), ("http", Defaults.HttpPort)],
            All.Silo.Ports.Select(port => (port.Name, port.Number)));
        Assert.All(All.Services.SelectMany(service => service.Spec.Ports), port =>
        {
            Assert.Equal(port.Name, port.TargetPort);
            Assert.Equal(All.Silo.Ports.Single(one => one.Name == port.TargetPort).Number, port.Port);
        });

        // What has one address for all would put a silo behind a proxy: Orleans' ports are reached at the pods alone.
        Assert.All(All.Services.Where(service => service.Spec.ClusterIP != "None"), service => Assert.Equal(["http"], service.Spec.Ports.Select(port => port.Name)));
        Assert.Contains(All.Services, service => service.Spec.ClusterIP == "None");
    }

    [Fact]
    public void Labels_OfAllObjects_ChooseTheSilos()
    {
        var labels = All.Silos.Spec.Template.Metadata.Labels;

        Assert.All(
            [All.Silos.Spec.Selector.MatchLabels, All.Budget.Spec.Selector.MatchLabels, All.Policy.Spec.PodSelector.MatchLabels, .. All.Services.Select(service => service.Spec.Selector)],
            selector => Assert.Equal(labels, selector));
    }

    [Fact]
    public void Probes_AskForWhatTheyMean()
    {
        var silo = All.Silo;
        Assert.Equal(["/health/live", "/health/live", "/health/ready"], new[] { silo.StartupProbe, silo.LivenessProbe, silo.ReadinessProbe }.Select(probe => probe.HttpGet.Path));
        Assert.All([silo.StartupProbe, silo.LivenessProbe, silo.ReadinessProbe], probe => Assert.Equal("http", probe.HttpGet.Port));
        Assert.True(TimeSpan.FromSeconds(silo.ReadinessProbe.TimeoutSeconds) > StorageProbe.WriteMax, "A slow storage would be taken for a silo that does not reply.");
        Assert.True(silo.StartupProbe.PeriodSeconds * silo.StartupProbe.FailureThreshold >= 120, "A silo that joins after a crash of others would be restarted.");
        Assert.True(silo.LivenessProbe.PeriodSeconds * silo.LivenessProbe.FailureThreshold >= 60, "A starved node would restart its silos.");
    }

    [Fact]
    public void Stop_OfAPod_LeavesTimeToHandTheLocksOver()
    {
        var pod = All.Silos.Spec.Template.Spec;
        var pause = All.Silo.Lifecycle.PreStop.Sleep.Seconds;

        Assert.InRange(pause, 3, 10);
        Assert.True(pod.TerminationGracePeriodSeconds >= 40 + pause, $"{pod.TerminationGracePeriodSeconds} s");
        Assert.True(TimeSpan.FromSeconds(40) > SiloSetup.ShutdownTimeout);
    }

    [Fact]
    public void Disruptions_TakeOneSiloAtATime()
    {
        Assert.True(All.Silos.Spec.Replicas >= 3, "Two of two are needed to declare a third one dead.");
        Assert.Equal(1, All.Budget.Spec.MaxUnavailable);
        Assert.Equal((1, 0), (All.Silos.Spec.Strategy.RollingUpdate.MaxSurge, All.Silos.Spec.Strategy.RollingUpdate.MaxUnavailable));
    }

    [Fact]
    public void Ports_OfOrleans_AreOpenToSilosAndClientsAlone()
    {
        var open = All.Policy.Spec.Ingress.Where(rule => rule.From is null or []).SelectMany(rule => rule.Ports).Select(port => port.Port);
        var toClients = All.Policy.Spec.Ingress.Where(rule => rule.From?.Exists(peer => peer.PodSelector.MatchLabels.ContainsKey("lockgrains.client")) is true)
            .SelectMany(rule => rule.Ports).Select(port => port.Port);

        Assert.Equal(["http"], open);
        Assert.Equal(["gateway"], toClients);
        Assert.Equal(["Ingress"], All.Policy.Spec.PolicyTypes);
    }

    [Fact]
    public void Container_IsTheImagesUser_WithNothingToWriteButItsTemporaryFiles()
    {
        var pod = All.Silos.Spec.Template.Spec;

        Assert.True(pod.SecurityContext is { RunAsNonRoot: true, RunAsUser: 1654 });
        Assert.True(All.Silo.SecurityContext is { AllowPrivilegeEscalation: false, ReadOnlyRootFilesystem: true, Capabilities.Drop: ["ALL"] });
        Assert.Equal(["/tmp"], All.Silo.VolumeMounts.Select(mount => mount.MountPath));
        Assert.False(All.Silo.Resources.Limits.ContainsKey("cpu"));
        Assert.False(pod.AutomountServiceAccountToken);
    }

    private static string ValueOf(Variable variable) => variable switch
    {
        { Value: { } value } => value,
        { ValueFrom.FieldRef.FieldPath: "status.podIP" } => "10.1.2.3",
        { ValueFrom.SecretKeyRef: { Name: "lockgrains-redis", Key: "connection" } } => "redis:6379",
        { ValueFrom.SecretKeyRef.Name: "lockgrains-keys" } => AccessSecret.Hash(AccessSecret.Create()),
        _ => throw new InvalidOperationException($"Nobody knows what {variable.Name} is."),
    };
}
