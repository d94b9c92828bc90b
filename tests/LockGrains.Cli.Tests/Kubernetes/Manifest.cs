using YamlDotNet.Serialization;

namespace LockGrains.Cli.Tests.Kubernetes;

/// <summary>What every object of Kubernetes has. Below stands of each kind what the manifests use, by the names of its reference.</summary>
internal abstract class Manifest
{
    public required string ApiVersion { get; set; }

    public required string Kind { get; set; }

    public required Metadata Metadata { get; set; }
}

internal sealed class Metadata
{
    public string? Name { get; set; }

    public Dictionary<string, string> Labels { get; set; } = [];
}

internal sealed class Selector
{
    public required Dictionary<string, string> MatchLabels { get; set; }
}

internal sealed class Deployment : Manifest
{
    public required DeploymentSpec Spec { get; set; }
}

internal sealed class DeploymentSpec
{
    public required int Replicas { get; set; }

    public int MinReadySeconds { get; set; }

    public int RevisionHistoryLimit { get; set; }

    public required Strategy Strategy { get; set; }

    public required Selector Selector { get; set; }

    public required PodTemplate Template { get; set; }
}

internal sealed class Strategy
{
    public required string Type { get; set; }

    public required RollingUpdate RollingUpdate { get; set; }
}

internal sealed class RollingUpdate
{
    public required int MaxSurge { get; set; }

    public required int MaxUnavailable { get; set; }
}

internal sealed class PodTemplate
{
    public required Metadata Metadata { get; set; }

    public required PodSpec Spec { get; set; }
}

internal sealed class PodSpec
{
    public required int TerminationGracePeriodSeconds { get; set; }

    public bool? AutomountServiceAccountToken { get; set; }

    public required PodSecurity SecurityContext { get; set; }

    public List<Spread> TopologySpreadConstraints { get; set; } = [];

    public required List<Container> Containers { get; set; }

    public List<Volume> Volumes { get; set; } = [];
}

internal sealed class PodSecurity
{
    public required bool RunAsNonRoot { get; set; }

    public required int RunAsUser { get; set; }

    public int RunAsGroup { get; set; }

    public required Seccomp SeccompProfile { get; set; }
}

internal sealed class Seccomp
{
    public required string Type { get; set; }
}

internal sealed class Spread
{
    public required int MaxSkew { get; set; }

    public required string TopologyKey { get; set; }

    public required string WhenUnsatisfiable { get; set; }

    public required Selector LabelSelector { get; set; }
}

internal sealed class Volume
{
    public required string Name { get; set; }

    public required Dictionary<string, object> EmptyDir { get; set; }
}

internal sealed class Container
{
    public required string Name { get; set; }

    public required string Image { get; set; }

    public required List<ContainerPort> Ports { get; set; }

    public required List<Variable> Env { get; set; }

    public required Probe StartupProbe { get; set; }

    public required Probe LivenessProbe { get; set; }

    public required Probe ReadinessProbe { get; set; }

    public required Lifecycle Lifecycle { get; set; }

    public required Resources Resources { get; set; }

    public required ContainerSecurity SecurityContext { get; set; }

    public List<Mount> VolumeMounts { get; set; } = [];
}

internal sealed class ContainerPort
{
    public required string Name { get; set; }

    [YamlMember(Alias = "containerPort")]
    public required int Number { get; set; }
}

internal sealed class Variable
{
    public required string Name { get; set; }

    public string? Value { get; set; }

    public Source? ValueFrom { get; set; }
}

internal sealed class Source
{
    public FieldRef? FieldRef { get; set; }

    public SecretRef? SecretKeyRef { get; set; }
}

internal sealed class FieldRef
{
    public required string FieldPath { get; set; }
}

internal sealed class SecretRef
{
    public required string Name { get; set; }

    public required string Key { get; set; }
}

internal sealed class Probe
{
    public required HttpGet HttpGet { get; set; }

    public required int PeriodSeconds { get; set; }

    public required int TimeoutSeconds { get; set; }

    public required int FailureThreshold { get; set; }
}

internal sealed class HttpGet
{
    public required string Path { get; set; }

    public required string Port { get; set; }
}

internal sealed class Lifecycle
{
    public required PreStop PreStop { get; set; }
}

internal sealed class PreStop
{
    public required Sleep Sleep { get; set; }
}

internal sealed class Sleep
{
    public required int Seconds { get; set; }
}

internal sealed class Resources
{
    public required Dictionary<string, string> Requests { get; set; }

    public required Dictionary<string, string> Limits { get; set; }
}

internal sealed class ContainerSecurity
{
    public required bool AllowPrivilegeEscalation { get; set; }

    public required bool ReadOnlyRootFilesystem { get; set; }

    public required Capabilities Capabilities { get; set; }
}

internal sealed class Capabilities
{
    public required List<string> Drop { get; set; }
}

internal sealed class Mount
{
    public required string Name { get; set; }

    public required string MountPath { get; set; }
}

internal sealed class Service : Manifest
{
    public required ServiceSpec Spec { get; set; }
}

internal sealed class ServiceSpec
{
    [YamlMember(Alias = "clusterIP", ApplyNamingConventions = false)]
    public string? ClusterIP { get; set; }

    public required Dictionary<string, string> Selector { get; set; }

    public required List<ServicePort> Ports { get; set; }
}

internal sealed class ServicePort
{
    public required string Name { get; set; }

    public required int Port { get; set; }

    public required string TargetPort { get; set; }
}

internal sealed class PodDisruptionBudget : Manifest
{
    public required BudgetSpec Spec { get; set; }
}

internal sealed class BudgetSpec
{
    public required int MaxUnavailable { get; set; }

    public required Selector Selector { get; set; }
}

internal sealed class NetworkPolicy : Manifest
{
    public required PolicySpec Spec { get; set; }
}

internal sealed class PolicySpec
{
    public required Selector PodSelector { get; set; }

    public required List<string> PolicyTypes { get; set; }

    public required List<IngressRule> Ingress { get; set; }
}

internal sealed class IngressRule
{
    public List<Peer>? From { get; set; }

    public required List<PolicyPort> Ports { get; set; }
}

internal sealed class Peer
{
    public required Selector PodSelector { get; set; }
}

internal sealed class PolicyPort
{
    public required string Protocol { get; set; }

    public required string Port { get; set; }
}
