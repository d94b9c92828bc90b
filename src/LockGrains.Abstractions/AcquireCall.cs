using System.Globalization;

namespace LockGrains;

/// <summary>How long Orleans gives one acquire: it waits in a grain, and the response time-out of other calls is too short for it.</summary>
internal static class AcquireCall
{
    /// <summary><see cref="ResponseTimeout"/>, as an attribute takes it.</summary>
    public const string ResponseTimeoutText = "00:01:15";

    /// <summary>Longer than the longest slice (60 s) with a slow write in it.</summary>
    public static TimeSpan ResponseTimeout { get; } = TimeSpan.Parse(ResponseTimeoutText, CultureInfo.InvariantCulture);
}
