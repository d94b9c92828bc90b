using System.Net;
using LockGrains.AspNetCore.Access;

namespace LockGrains.Silo;

/// <summary>
/// Decides from the settings whether the HTTP API is served at all, and what is open without an access key. Whoever did nothing gets what is safe:
/// locks for programs of this machine where it is surely only they who ask, and else nothing.
/// </summary>
/// <param name="WhyOff">Why the API is not served, and what to do; null where it is.</param>
/// <param name="Anonymous">What is open without an access key.</param>
/// <param name="OperatorKeyFile">Where the operator's key is kept, and made when there is none; null for nowhere.</param>
/// <param name="IsReachable">Whether other machines can reach it.</param>
internal sealed record AccessExposure(string? WhyOff, AnonymousAccess Anonymous, string? OperatorKeyFile, bool IsReachable)
{
    private const string MakeAKey = "Make an access key with `lockgrains key new` and put its entry into LockGrains:Access:Keys";

    /// <summary>Whether the API is served. Health always is.</summary>
    public bool ServesApi => WhyOff is null;

    /// <summary>What is open without an access key, for people.</summary>
    public string Open => Anonymous == AnonymousAccess.None ? "nothing" : "acquire and read, for programs of this machine";

    /// <summary>Decides.</summary>
    /// <param name="settings">The settings, in which <see cref="SiloSettingsRules"/> finds nothing.</param>
    /// <param name="access">The section <c>LockGrains:Access</c>.</param>
    /// <param name="isInContainer">Whether this is a container.</param>
    public static AccessExposure Decide(SiloSettings settings, AccessOptions access, bool isInContainer)
    {
        var isLoopback = IPAddress.IsLoopback(IPAddress.Parse(settings.HttpAddress));

        // Said, it counts in a container, too: who says it knows what shares the loopback address.
        var anonymous = !isLoopback || !settings.IsAlone ? AnonymousAccess.None
            : access.SaysAnonymous ? access.Anonymous
            : isInContainer ? AnonymousAccess.None
            : AnonymousAccess.LocalWithoutKeys;
        var keyFile = settings.IsAlone && !settings.Memory ? OperatorKey.FindPath(settings.FindDataFile()) : null;

        // The operator's key was made by no decision of anybody's, so it puts nothing on a network.
        var isSafe = access.Keys.Count > 0 || (isLoopback && (anonymous != AnonymousAccess.None || keyFile is not null));
        return isSafe
            ? new AccessExposure(WhyOff: null, anonymous, keyFile, !isLoopback)
            : new AccessExposure(Explain(settings, isLoopback, access.SaysAnonymous), AnonymousAccess.None, OperatorKeyFile: null, IsReachable: false);
    }

    private static string Explain(SiloSettings settings, bool isLoopback, bool saysAnonymous)
    {
        if (!isLoopback)
        {
            return $"others can reach {settings.HttpAddress}, and there is no access key. {MakeAKey}"
                + (settings.IsAlone ? ", or set LockGrains:HttpAddress to 127.0.0.1." : ".");
        }

        if (!settings.IsAlone)
            return $"a cluster asks everybody for an access key, and there is none. {MakeAKey}.";
        return saysAnonymous
            ? $"LockGrains:Access:Anonymous is none, and there is no access key. {MakeAKey}."
            : $"in a container nobody is taken for a program of this machine, and there is no access key. {MakeAKey}, "
                + "or set LockGrains:Access:Anonymous to local.";
    }
}
