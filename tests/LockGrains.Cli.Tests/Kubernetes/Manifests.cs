using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace LockGrains.Cli.Tests.Kubernetes;

/// <summary>The manifests, read strictly: a member that is not of its kind, or is there twice, is an error, as <c>kubectl --validate=strict</c> has it.</summary>
internal sealed class Manifests
{
    private static readonly Dictionary<(string ApiVersion, string Kind), Type> Kinds = new()
    {
        [("apps/v1", "Deployment")] = typeof(Deployment),
        [("v1", "Service")] = typeof(Service),
        [("policy/v1", "PodDisruptionBudget")] = typeof(PodDisruptionBudget),
        [("networking.k8s.io/v1", "NetworkPolicy")] = typeof(NetworkPolicy),
    };

    private readonly List<Manifest> _all;

    private Manifests(List<Manifest> all) => _all = all;

    public static string Folder { get; } = Path.Combine(Repository.Root, "deploy", "k8s");

    public Deployment Silos => _all.OfType<Deployment>().Single();

    public Container Silo => Assert.Single(Silos.Spec.Template.Spec.Containers);

    public IReadOnlyList<Service> Services => [.. _all.OfType<Service>()];

    public PodDisruptionBudget Budget => _all.OfType<PodDisruptionBudget>().Single();

    public NetworkPolicy Policy => _all.OfType<NetworkPolicy>().Single();

    public static Manifests Load() => Parse(string.Join("\n---\n", Directory.GetFiles(Folder, "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllText)));

    /// <exception cref="YamlException">It is no YAML, or has what its kind does not have.</exception>
    public static Manifests Parse(string text)
    {
        var deserializer = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).WithDuplicateKeyChecking().WithEnforceRequiredMembers().Build();
        var all = new List<Manifest>();
        var heads = Documents<Dictionary<string, object>>(text, deserializer, static _ => typeof(Dictionary<string, object>)).ToList();
        foreach (var one in Documents<Manifest>(text, deserializer, index => Kinds[((string)heads[index]["apiVersion"], (string)heads[index]["kind"])]))
            all.Add(one);
        return new Manifests(all);
    }

    private static IEnumerable<T> Documents<T>(string text, IDeserializer deserializer, Func<int, Type> typeOf)
    {
        var parser = new Parser(new StringReader(text));
        parser.Consume<StreamStart>();
        for (var index = 0; parser.Accept<DocumentStart>(out _); index++)
            yield return (T)deserializer.Deserialize(parser, typeOf(index))!;
    }
}
