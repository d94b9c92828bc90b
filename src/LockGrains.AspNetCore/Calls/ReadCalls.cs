using System.Reflection;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.AspNetCore.Requests;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Calls;

/// <summary>The calls that change nothing.</summary>
internal static class ReadCalls
{
    private static readonly string Version =
        typeof(ReadCalls).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>What <c>lockgrains status --json</c> prints.</summary>
    public static async Task<Reply> GetLockAsync(ApiCall call)
    {
        var key = call.ReadKey();
        var info = await call.QueryAsync(() => call.GetLock(key).GetInfoAsync());
        return info.Known ? Reply.Of(StatusReport.Of(key, info), static text => text.StatusJson) : Reply.Of(call.Unavailable());
    }

    /// <summary>What <c>lockgrains value --json</c> prints.</summary>
    public static async Task<Reply> GetValueAsync(ApiCall call)
    {
        var key = call.ReadKey();
        var reply = await call.QueryAsync(() => call.GetLock(key).GetValueAsync());
        return reply.Status == ValueStatus.Current ? Reply.Of(StatusReport.Of(key, reply), static text => text.ValueReplyJson) : Reply.Of(call.Unavailable());
    }

    /// <summary>What serves here, and what it allows.</summary>
    public static async Task<Reply> GetAboutAsync(ApiCall call)
    {
        call.Identify();
        QueryReader.ReadNothing(call.Context.Request);
        var services = call.Services;
        var limits = new LimitsJson(
            LockKey.MaxBytes,
            BodyReader.BytesMax,
            BodyReader.BatchBytesMax,
            Heartbeat.BeatsMax,
            AcquireCalls.PollMax.TotalSeconds,
            services.Options.MaxWaiting,
            services.Options.MaxStreams);
        var accessKey = AccessCredential.IsKey(call.Who) ? call.Who : null;
        var store = await services.FindStoreAsync(call.Gone);
        var about = new AboutJson("LockGrains", Version, store, services.Storage, services.Cluster.ClusterId, services.Cluster.ServiceId, accessKey, limits);
        return Reply.Of(about, static text => text.AboutJson);
    }
}
