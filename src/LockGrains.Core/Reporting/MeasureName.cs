using System.Text.Json;

namespace LockGrains;

/// <summary>What measures and spans call a name of the code: <c>TimedOut</c> is <c>timed_out</c>.</summary>
internal static class MeasureName
{
    public static string Of<T>(T value)
        where T : struct, Enum => Names<T>.All[value];

    public static string OfType(object value) => Of(value.GetType().Name);

    private static string Of(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    // Made once: they are asked for with every grant.
    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> All = Enum.GetValues<T>().ToDictionary(value => value, value => Of(value.ToString()));
    }
}
