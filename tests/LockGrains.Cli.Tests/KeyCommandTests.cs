using System.Text;
using LockGrains.AspNetCore.Access;
using LockGrains.Silo;
using Microsoft.Extensions.Configuration;

namespace LockGrains.Cli.Tests;

/// <summary><c>lockgrains key new</c>, held against the silo that is to accept what it prints.</summary>
public sealed class KeyCommandTests
{
    [Theory]
    [InlineData("my-key")]
    [InlineData("billing", "--name", "billing")]
    [InlineData("a.B_9-", "--name", "a.B_9-")]
    public async Task New_WhatItPrints_IsASecretAndAnEntryThatASiloAccepts(string name, params string[] args)
    {
        var (exitCode, output, error) = await RunAsync(["key", "new", .. args]);

        Assert.Equal(ExitCode.Success, exitCode);
        var (secret, entry) = Split(output);
        var options = Read(entry);
        var key = Assert.Single(options.Keys);
        Assert.Equal((name, AccessSecret.Hash(secret), null), (key.Name, key.Sha256, key.NotAfter));
        var rule = Assert.Single(key.Rules);
        Assert.Equal(($"{name}/", "acquire read"), (rule.Prefix, string.Join(' ', rule.Allow)));
        Assert.DoesNotContain(secret, error, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, entry, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task New_EachTime_IsAnotherSecret()
    {
        var secrets = new HashSet<string>();
        for (var index = 0; index < 10; index++)
            Assert.True(secrets.Add(Split((await RunAsync(["key", "new"])).Output).Secret));
    }

    [Theory]
    [InlineData("--name: 'a b' is not", "key", "new", "--name", "a b")]
    [InlineData("--name: '' is not", "key", "new", "--name", "")]
    [InlineData("--name: 'Operator' is not", "key", "new", "--name", "Operator")]
    [InlineData("--name: 'anonymous' is not", "key", "new", "--name", "anonymous")]
    [InlineData("--name: 'é' is not", "key", "new", "--name", "é")]
    [InlineData("--name", "key", "new", "--name")]
    [InlineData("billing", "key", "new", "billing")]
    [InlineData("See lockgrains key new --help.", "key", "new", "--nme", "a")]
    [InlineData("See lockgrains key --help.", "key")]
    [InlineData("See lockgrains key --help.", "key", "old")]
    public async Task Line_ThatIsWrong_Exits64AndMakesNothing(string why, params string[] args)
    {
        var (exitCode, output, error) = await RunAsync(args);

        Assert.Equal((ExitCode.Usage, ""), (exitCode, output));
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.StartsWith("lockgrains: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("key", "--help")]
    [InlineData("key", "new", "--help")]
    public async Task Help_IsTheSameOfBothNames_AndNamesTheOption(params string[] args)
    {
        var (exitCode, output, _) = await RunAsync(args);

        Assert.Equal((ExitCode.Success, HelpText.Key), (exitCode, output.TrimEnd()));
        Assert.Contains("  --name NAME ", output, StringComparison.Ordinal);
    }

    /// <summary>The longest name that the silo accepts is the longest here.</summary>
    [Theory]
    [InlineData(AccessKey.NameLengthMax, ExitCode.Success)]
    [InlineData(AccessKey.NameLengthMax + 1, ExitCode.Usage)]
    public async Task Name_IsAsLongAsASiloAccepts(int length, int exitCode) =>
        Assert.Equal(exitCode, (await RunAsync(["key", "new", "--name", new string('n', length)])).ExitCode);

    private static (string Secret, string Entry) Split(string output)
    {
        var lines = output.ReplaceLineEndings("\n").Split('\n', 3);
        Assert.Equal("", lines[1]);
        return (lines[0], lines[2]);
    }

    private static AccessOptions Read(string entry)
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "LockGrains": { "Access": { "Keys": [ {{entry}} ] } } }"""));
        var configuration = new ConfigurationBuilder().AddJsonStream(json).Build();
        SiloSettings.Read(configuration);
        return SiloAccess.Read(configuration);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (await LockCommandLine.RunAsync(args, output, error), output.ToString(), error.ToString());
    }
}
