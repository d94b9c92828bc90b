using System.Globalization;
using System.Reflection;
using System.Text;

namespace LockGrains.Cluster.Tests;

/// <summary>All that two versions of LockGrains must agree on to talk to each other, as a text to read and compare.</summary>
internal static class WireContract
{
    private static readonly Assembly[] Assemblies =
        [typeof(ILockGrain).Assembly, typeof(LockLostException).Assembly, typeof(StoredBytes).Assembly];

    /// <summary>The words of Core that are sent as their numbers.</summary>
    private static readonly Type[] Words = [typeof(DenyReason), typeof(EndReason)];

    /// <summary>The types that have a name on the wire.</summary>
    public static IEnumerable<Type> Types => Assemblies
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.GetCustomAttribute<AliasAttribute>() is not null && !IsGenerated(type))
        .OrderBy(type => AliasOf(type), StringComparer.Ordinal);

    public static string AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>()?.Alias ?? "(none)";

    public static string Describe()
    {
        var text = new StringBuilder();
        foreach (var type in Types.Concat(Words))
        {
            text.Append(CultureInfo.InvariantCulture, $"{KindOf(type)} {NameOf(type)}\n");
            foreach (var line in type.IsInterface ? Methods(type) : type.IsEnum ? Values(type) : Fields(type))
                text.Append(CultureInfo.InvariantCulture, $"  {line}\n");
        }

        return text.ToString();
    }

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

    private static IEnumerable<string> Fields(Type type) => type
        .GetMembers(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        .Select(member => (Member: member, member.GetCustomAttribute<IdAttribute>()?.Id))
        .Where(field => field.Id is not null)
        .OrderBy(field => field.Id)
        .Select(field => $"{field.Id} {field.Member.Name}: {NameOf(((PropertyInfo)field.Member).PropertyType)}");

    private static string NameOf(Type type)
    {
        var name = type.GetCustomAttribute<AliasAttribute>()?.Alias ?? type.Name.Split('`')[0];
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : name;
    }
}
