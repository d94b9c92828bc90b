using System.Diagnostics.Metrics;
using LockGrains.AspNetCore.Waiting;

namespace LockGrains.AspNetCore;

/// <summary>The measures of the HTTP API: meter <c>LockGrains.Http</c>. ASP.NET itself measures the requests.</summary>
internal static class HttpMeasures
{
    public const string MeterName = "LockGrains.Http";

    /// <summary>Adds them to the meters of a host, which end with it. Without a factory nobody could read them.</summary>
    /// <param name="meterFactory">Where the host has its meters from.</param>
    /// <param name="room">Those that wait through this host.</param>
    public static void Add(IMeterFactory? meterFactory, WaitRoom room) => meterFactory?.Create(MeterName).CreateObservableUpDownCounter(
        "lockgrains.http.waiting", room.CountPresent, "{waiter}", "Requests that wait for locks through the HTTP API of this host now.");
}
