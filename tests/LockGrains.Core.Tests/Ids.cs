namespace LockGrains.Core.Tests;

/// <summary>The attempts that the stories are about.</summary>
internal static class Ids
{
    public static LeaseId A { get; } = Of(0x0A000000);

    public static LeaseId B { get; } = Of(0x0B000000);

    public static LeaseId C { get; } = Of(0x0C000000);

    public static LeaseId D { get; } = Of(0x0D000000);

    /// <summary>A session by number.</summary>
    public static SessionRef Session(int number) => new($"session-{number}", new FencingToken(number));

    /// <summary>An attempt by number, where there are many.</summary>
    public static LeaseId Of(int number) => new(new Guid(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]));
}
