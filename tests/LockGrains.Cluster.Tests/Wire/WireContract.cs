using System.Globalization;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Serialization;
using Orleans.Serialization.Configuration;

namespace LockGrains.Cluster.Tests;

/// <summary>All that two versions of LockGrains must agree on to talk to each other, as a text to read and compare.</summary>
internal static class WireContract
{
    /// <summary>The words of Core that are sent as their numbers.</summary>
    private static readonly Type[] Words = [typeof(DenyReason), typeof(EndReason)];

    /// <summary>The types that have a name on the wire, by an attribute or, the models, by what is registered for them.</summary>
    private static readonly Dictionary<Type, string> Names = FindManifest().WellKnownTypeAliases
        .Where(alias => alias.Key.StartsWith("lockgrains.", StringComparison.Ordinal) && !IsGenerated(alias.Value))
        .ToDictionary(alias => alias.Value, alias => alias.Key);

    /// <summary>What is sent in place of a model: the wire type that its converter makes, or the members of an exception.</summary>
    private static readonly Dictionary<Type, Type> Surrogates = FindManifest().Converters.SelectMany(converter => converter.GetInterfaces())
        .Concat(FindManifest().Serializers.Select(serializer => serializer.BaseType).OfType<Type>())
        .Where(type => type.IsGenericType && type.GetGenericArguments() is [var model, _] && Names.ContainsKey(model))
        .ToDictionary(type => type.GetGenericArguments()[0], type => type.GetGenericArguments()[1]);

    /// <summary>In the order of their names.</summary>
    public static IEnumerable<Type> Types => Names.Keys.OrderBy(type => Names[type], StringComparer.Ordinal);

    /// <summary>The members that are sent of a type, each with its number.</summary>
    public static IReadOnlyList<(uint Id, string Name, Type Type)> FieldsOf(Type type) => [.. Surrogates.GetValueOrDefault(type, type)
        .GetMembers(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        .Where(member => member.IsDefined(typeof(IdAttribute)))
        .Select(member => (member.GetCustomAttribute<IdAttribute>()!.Id, member.Name, (member as FieldInfo)?.FieldType ?? ((PropertyInfo)member).PropertyType))
        .OrderBy(field => field.Id)];

    public static string Describe()
    {
        var text = new StringBuilder();
        foreach (var type in Types.Concat(Words))
        {
            text.Append(CultureInfo.InvariantCulture, $"{KindOf(type)} {NameOf(type)}\n");
            foreach (var line in type.IsInterface ? Methods(type) : type.IsEnum ? Values(type) : FieldsOf(type).Select(field => $"{field.Id} {field.Name}: {NameOf(field.Type)}"))
                text.Append(CultureInfo.InvariantCulture, $"  {line}\n");
        }

        return text.ToString();
    }

    private static TypeManifestOptions FindManifest()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        return services.GetRequiredService<IOptions<TypeManifestOptions>>().Value;
    }

    private static string AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>()?.Alias ?? "(none)";

    private static bool IsGenerated(Type type) => type.Namespace?.StartsWith("OrleansCodeGen", StringComparison.Ordinal) == true;

    private static string KindOf(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        _ => type.IsSubclassOf(typeof(Exception)) ? "exception" : "type",
    };

    private static IEnumerable<string> Methods(Type type) => type.GetMethods()
        .Select(method => $"{AliasOf(method)}({ParametersOf(method)}): {NameOf(method.ReturnType)}")
        .Order(StringComparer.Ordinal);

    private static string ParametersOf(MethodInfo method) =>
        string.Join(", ", method.GetParameters().Select(parameter => NameOf(parameter.ParameterType)));

    private static IEnumerable<string> Values(Type type) =>
        Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(value => $"{value} {Enum.GetName(type, value)}");

    private static string NameOf(Type type)
    {
        var name = Names.GetValueOrDefault(type) ?? type.Name.Split('`')[0];
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : name;
    }
}
