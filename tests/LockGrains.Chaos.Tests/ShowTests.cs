namespace LockGrains.Chaos.Tests;

/// <summary>What is shown of a cluster is measured, so nothing else may use it meanwhile.</summary>
public sealed class ShowTests
{
    public static TheoryData<string> Names => [.. Show.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Options_OfAShow_HaveNoLoad(string name)
    {
        var options = Show.OptionsOf(name);

        Assert.Equal((0, false, false), (options.Workers, options.HasHttp, options.HasCoHost));
    }
}
