using LockGrains.AspNetCore.Access;
using LockGrains.Silo;
using Microsoft.Extensions.Configuration;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>What of the HTTP API is open, by the settings alone.</summary>
public sealed class AccessExposureTests
{
    private const string AKey = "a key";

    [Theory]
    [InlineData(AnonymousAccess.LocalWithoutKeys, false)]
    [InlineData(AnonymousAccess.LocalWithoutKeys, false, "Memory", "true")]
    [InlineData(AnonymousAccess.LocalWithoutKeys, false, "HttpAddress", "::1")]
    [InlineData(AnonymousAccess.LocalWithoutKeys, false, AKey, "")]
    [InlineData(AnonymousAccess.Local, false, "Access:Anonymous", "local", AKey, "")]
    [InlineData(AnonymousAccess.Local, true, "Access:Anonymous", "local")]
    [InlineData(AnonymousAccess.None, false, "Access:Anonymous", "none")]
    [InlineData(AnonymousAccess.None, true)]
    [InlineData(AnonymousAccess.None, true, "Memory", "true", AKey, "")]
    [InlineData(AnonymousAccess.None, false, "Memory", "true", AKey, "", "HttpAddress", "0.0.0.0")]
    [InlineData(AnonymousAccess.None, false, AKey, "", "HttpAddress", "10.0.0.1")]
    [InlineData(AnonymousAccess.None, false, "Redis", "h:1", AKey, "")]
    [InlineData(AnonymousAccess.None, false, "Postgres", "Host=h", AKey, "", "HttpAddress", "::")]
    public void Api_IsServed_OpenToThese(AnonymousAccess anonymous, bool isInContainer, params string[] settings)
    {
        var exposure = Decide(isInContainer, settings);

        Assert.Null(exposure.WhyOff);
        Assert.Equal(anonymous, exposure.Anonymous);
    }

    [Theory]
    [InlineData("others can reach 0.0.0.0, and there is no access key.", false, "HttpAddress", "0.0.0.0")]
    [InlineData("or set LockGrains:HttpAddress to 127.0.0.1", false, "HttpAddress", "0.0.0.0", "Memory", "true")]
    [InlineData("others can reach ::, and", false, "HttpAddress", "::")]
    [InlineData("others can reach 10.0.0.1, and", true, "HttpAddress", "10.0.0.1")]
    [InlineData("others can reach 0.0.0.0, and", false, "HttpAddress", "0.0.0.0", "Redis", "h:1")]
    [InlineData("others can reach 0.0.0.0, and", false, "HttpAddress", "0.0.0.0", "Access:Anonymous", "none")]
    [InlineData("a cluster asks everybody for an access key", false, "Redis", "h:1")]
    [InlineData("a cluster asks everybody for an access key", false, "Postgres", "Host=h")]
    [InlineData("a cluster asks everybody for an access key", false, "Front", "true", "Gateway", "h:1")]
    [InlineData("in a container nobody is taken for a program of this machine", true, "Memory", "true")]
    [InlineData("LockGrains:Access:Anonymous is none, and there is no access key", false, "Memory", "true", "Access:Anonymous", "none")]
    public void Api_IsOff_AndSaysWhyAndWhatToDo(string why, bool isInContainer, params string[] settings)
    {
        var exposure = Decide(isInContainer, settings);

        Assert.False(exposure.ServesApi);
        Assert.NotNull(exposure.WhyOff);
        Assert.Contains(why, exposure.WhyOff, StringComparison.Ordinal);
        Assert.Contains("`lockgrains key new`", exposure.WhyOff, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exposure.WhyOff);
        Assert.Equal((AnonymousAccess.None, null), (exposure.Anonymous, exposure.OperatorKeyFile));
    }

    [Theory]
    [InlineData("/d/locks.db.operator-key", "Data", "/d/locks.db")]
    [InlineData("/d/locks.db.operator-key", "Data", "/d/locks.db", AKey, "", "HttpAddress", "0.0.0.0")]
    [InlineData(null, "Memory", "true")]
    [InlineData(null, "Redis", "h:1", AKey, "")]
    [InlineData(null, "Postgres", "Host=h", AKey, "")]
    [InlineData(null, "Front", "true", "Gateway", "h:1", AKey, "")]
    public void OperatorKey_IsBesideTheFileOfTheLocks_AndNowhereElse(string? file, params string[] settings)
    {
        var exposure = Decide(isInContainer: false, settings);

        Assert.True(exposure.ServesApi);
        Assert.Equal(file, exposure.OperatorKeyFile is { } found && OperatingSystem.IsWindows() ? found.Replace('\\', '/')[2..] : exposure.OperatorKeyFile);
    }

    [Theory]
    [InlineData("a cluster asks everybody for an access key", "Redis", "h:1", "Access:Anonymous", "local")]
    [InlineData("a cluster asks everybody for an access key", "Postgres", "Host=h", "Access:Anonymous", "local", AKey, "")]
    [InlineData("others can reach 0.0.0.0", "HttpAddress", "0.0.0.0", "Access:Anonymous", "local", AKey, "")]
    public void AnonymousThatCannotBe_StopsTheSilo(string why, params string[] settings)
    {
        var exception = Assert.Throws<StartException>(() => Decide(isInContainer: false, settings));

        Assert.StartsWith($"LockGrains:Access:Anonymous is 'local', but {why}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongAccess_StopsTheSiloWithALineForEachProblem()
    {
        var exception = Assert.Throws<StartException>(() => Decide(
            isInContainer: false, "SiloPort", "0", "Access:Anonymus", "none", "Access:Keys:0:Name", "a", "Access:Keys:0:Rules:0:Prefix", "a/", "Access:Keys:0:Rules:0:Allow:0", "all"));

        Assert.Equal(StartException.BadSettings, exception.ExitCode);
        Assert.Contains("LockGrains:Access:Anonymus is unknown", exception.Message, StringComparison.Ordinal);
        Assert.Contains("LockGrains:Access:Keys:0:Sha256 is missing", exception.Message, StringComparison.Ordinal);
        Assert.Contains("LockGrains:Access:Keys:0:Rules:0:Allow:0 is 'all'", exception.Message, StringComparison.Ordinal);
        Assert.Equal(4, exception.Message.Split('\n').Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "DOTNET_RUNNING_IN_CONTAINER=true")]
    [InlineData(true, "KUBERNETES_SERVICE_HOST=10.0.0.1")]
    [InlineData(true, "/.dockerenv")]
    [InlineData(true, "/run/.containerenv")]
    [InlineData(false, "DOTNET_RUNNING_IN_CONTAINER=false", "KUBERNETES_SERVICE_HOST=")]
    public void Container_IsKnownByWhatItLeaves(bool isInContainer, params string[] marks) => Assert.Equal(
        isInContainer,
        Container.Find(
            name => Array.Find(marks, mark => mark.StartsWith($"{name}=", StringComparison.Ordinal))?.Split('=')[1],
            file => marks.Contains(file)));

    private static AccessExposure Decide(bool isInContainer, params string[] settings)
    {
        var values = settings.Chunk(2).SelectMany(pair => pair[0] == AKey
            ? [("Access:Keys:0:Name", "billing"), ("Access:Keys:0:Sha256", AccessSecret.Hash(AccessSecret.Create())), ("Access:Keys:0:Rules:0:Prefix", ""), ("Access:Keys:0:Rules:0:Allow:0", "read")]
            : new[] { (pair[0], pair[1]) });
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create<string, string?>($"{SiloSettings.Section}:{pair.Item1}", pair.Item2)))
            .Build();
        return AccessExposure.Decide(SiloSettings.Read(configuration), SiloAccess.Read(configuration), isInContainer);
    }
}
