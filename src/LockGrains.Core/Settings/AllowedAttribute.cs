using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace LockGrains.Core;

/// <summary>
/// What a setting may be, beside the setting: the one place that its check, docs/SETTINGS.md and the command line go by. Not the data
/// annotations of .NET: their messages leave out the value, no bound can be another setting, and they are not for trimmed programs.
/// </summary>
/// <param name="min">The least, as people write it (<c>100ms</c>, <c>1</c>), or the name of another setting.</param>
/// <param name="max">The most, written likewise.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AllowedAttribute(string min, string max) : Attribute
{
    private const DynamicallyAccessedMemberTypes Properties =
        DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.NonPublicProperties;

    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The least.</summary>
    public string Min => min;

    /// <summary>The most.</summary>
    public string Max => max;

    /// <summary>Whether <see cref="Timeout.InfiniteTimeSpan"/> is allowed as well. Default false.</summary>
    public bool OrInfinite { get; init; }

    /// <summary>Every setting that is out of its range, with name, value and range; empty when none is. One that is null is right.</summary>
    /// <param name="settings">The settings.</param>
    /// <typeparam name="T">The type that declares them.</typeparam>
    public static IReadOnlyList<string> FindProblems<[DynamicallyAccessedMembers(Properties)] T>(T settings)
        where T : class =>
    [
        .. from property in typeof(T).GetProperties()
           let allowed = property.GetCustomAttribute<AllowedAttribute>()
           where allowed is not null
           let problem = allowed.FindProblem(property.GetValue(settings), settings)
           where problem is not null
           select $"{property.Name} is {problem}",
    ];

    /// <summary>The bounds of a setting that is a time, neither of which is another setting.</summary>
    /// <param name="name">The setting's name.</param>
    /// <typeparam name="T">The type that declares it.</typeparam>
    public static (TimeSpan Min, TimeSpan Max) TimesOf<[DynamicallyAccessedMembers(Properties)] T>(string name)
    {
        var allowed = typeof(T).GetProperty(name)!.GetCustomAttribute<AllowedAttribute>()!;
        return (DurationText.Parse(allowed.Min), DurationText.Parse(allowed.Max));
    }

    private static IComparable Read<[DynamicallyAccessedMembers(Properties)] T>(string bound, object value, T settings) => value switch
    {
        _ when typeof(T).GetProperty(bound, All) is { } other => (IComparable)other.GetValue(settings)!,
        TimeSpan => DurationText.Parse(bound),
        double => double.Parse(bound, CultureInfo.InvariantCulture),
        _ => int.Parse(bound, CultureInfo.InvariantCulture),
    };

    private static string Text(object value) =>
        value is TimeSpan time ? DurationText.Format(time) : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private string? FindProblem<[DynamicallyAccessedMembers(Properties)] T>(object? value, T settings)
    {
        if (value is null || (OrInfinite && value.Equals(Timeout.InfiniteTimeSpan)))
            return null;
        var (least, most) = (Read(min, value, settings), Read(max, value, settings));
        return least.CompareTo(value) <= 0 && most.CompareTo(value) >= 0
            ? null
            : $"{Text(value)}; it must be from {Text(least)} to {Text(most)}{(OrInfinite ? ", or infinite" : "")}.";
    }
}
