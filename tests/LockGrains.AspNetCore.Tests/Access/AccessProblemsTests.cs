using LockGrains.AspNetCore.Access;
using Microsoft.Extensions.Configuration;

namespace LockGrains.AspNetCore.Tests.Access;

/// <summary>What is wrong with a configuration is told with its parameter, its value and what it may be; what .NET's binder lets pass is wrong, too.</summary>
public sealed class AccessProblemsTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF";
    private const string Good = $$"""{ "Name": "a", "Sha256": "{{Hash}}", "Rules": [ { "Prefix": "a/", "Allow": [ "read" ] } ] }""";

    [Theory]
    [InlineData("""{ "Keys": [ ] }""")]
    [InlineData("""{ }""")]
    [InlineData("""{ "Anonymous": "none" }""")]
    [InlineData("""{ "Anonymous": "local", "Keys": [ GOOD ] }""")]
    [InlineData("""{ "keys": [ GOOD ] }""")]
    [InlineData("""{ "Keys": [ { "Name": "a", "Sha256": "HASH", "NotAfter": "2027-01-31T00:00Z", "Rules": [ { "Prefix": "", "Allow": [ "none" ] } ] } ] }""")]
    [InlineData("""{ "Keys": [ { "Name": "a.B_9-", "Sha256": "HASH", "NotAfter": "2027-01-31T00:00:00.5+02:00", "Rules": [ { "Prefix": " ", "Allow": [ "acquire", "read", "revoke" ] } ] } ] }""")]
    public void Configuration_ThatIsRight_HasNoProblem(string access) => Assert.Empty(AccessProblems.Find(Read(access)));

    [Theory]
    [InlineData("Anonymous is 'everybody'; it must be none or local.", """{ "Anonymous": "everybody" }""")]
    [InlineData("Anonymous is '2'; it must be none or local.", """{ "Anonymous": "2" }""")]
    [InlineData("Anonymous is ''", """{ "Anonymous": "" }""")]
    [InlineData("Anonimous is unknown; LockGrains:Access may have Anonymous, Keys.", """{ "Anonimous": "none" }""")]
    [InlineData("Access is 'open'; it must be an object", "\"open\"")]
    [InlineData("Keys is 'x'; it must be a list.", """{ "Keys": "x" }""")]
    [InlineData("Keys:0 is 'x'; it must be an object", """{ "Keys": [ "x" ] }""")]
    [InlineData("Keys:0:Name is ''; it must be 1 to 64 letters", """{ "Keys": [ { } ] }""")]
    [InlineData("Keys:0:Name is ''; it must be 1 to 64 letters", """{ "Keys": [ null ] }""")]
    [InlineData("Keys:0:Name is 'a b'; it must be 1 to 64 letters", """{ "Keys": [ { "Name": "a b", "Sha256": "HASH", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:Name is 'Operator'", """{ "Keys": [ { "Name": "Operator", "Sha256": "HASH", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:Name is 'anonymous'", """{ "Keys": [ { "Name": "anonymous", "Sha256": "HASH", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:Name has members; it must be a text.", """{ "Keys": [ { "Name": { "a": "b" }, "Sha256": "HASH", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:Sha256 is missing; it must be 64 hexadecimal digits", """{ "Keys": [ { "Name": "a", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:Sha256 has 3 characters and is no SHA-256; it must be 64 hexadecimal digits", """{ "Keys": [ { "Name": "a", "Sha256": "abc", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:Sha256 has 64 characters and is no SHA-256", """{ "Keys": [ { "Name": "a", "Sha256": "gHASHTAIL", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0 and LockGrains:Access:Keys:1 have the same Sha256", """{ "Keys": [ GOOD, { "Name": "b", "Sha256": "HASHLOWER", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:NotAfter is '2027-01-31T00:00:00'; it must be a time with its zone", """{ "Keys": [ { "Name": "a", "NotAfter": "2027-01-31T00:00:00", "Sha256": "HASH", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:NotAfter is '2027-01-31'; it must be a time with its zone", """{ "Keys": [ { "Name": "a", "NotAfter": "2027-01-31", "Sha256": "HASH", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:NotAfter is ''", """{ "Keys": [ { "Name": "a", "NotAfter": "", "Sha256": "HASH", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:NotAftr is unknown; LockGrains:Access:Keys:0 may have Name, Sha256, NotAfter, Rules.", """{ "Keys": [ { "Name": "a", "NotAftr": "2027-01-31T00:00:00Z", "Sha256": "HASH", "Rules": [ RULE ] } ] }""")]
    [InlineData("Keys:0:Rules has 0 entries; it must have 1 to 1000.", """{ "Keys": [ { "Name": "a", "Sha256": "HASH" } ] }""")]
    [InlineData("Keys:0:Rules is 'read'; it must be a list.", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": "read" } ] }""")]
    [InlineData("Keys:0:Rules:0:Prefix is missing; it must be the beginning of keys", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Allow": [ "read" ] } ] } ] }""")]
    [InlineData("Keys:0:Rules:0:Prefix is missing", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Prefix": null, "Allow": [ "read" ] } ] } ] }""")]
    [InlineData("Rules:0:Prefix is '", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Prefix": "a\u0007", "Allow": [ "read" ] } ] } ] }""")]
    [InlineData("Keys:0:Rules:0:Allow is empty; it must have one or more of acquire, read, revoke, or none by itself.", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Prefix": "a/" } ] } ] }""")]
    [InlineData("Keys:0:Rules:0:Allow is empty", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Prefix": "a/", "Allow": [ ] } ] } ] }""")]
    [InlineData("Keys:0:Rules:0:Allow is 'read'; it must be a list.", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Prefix": "a/", "Allow": "read" } ] } ] }""")]
    [InlineData("Keys:0:Rules:0:Allow:1 is 'write'; it must be one of acquire, read, revoke, or none by itself.", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Prefix": "a/", "Allow": [ "read", "write" ] } ] } ] }""")]
    [InlineData("Keys:0:Rules:0:Allow:0 is 'Read'", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Prefix": "a/", "Allow": [ "Read" ] } ] } ] }""")]
    [InlineData("Keys:0:Rules:0:Allow:0 is '2'", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Prefix": "a/", "Allow": [ 2 ] } ] } ] }""")]
    [InlineData("Keys:0:Rules:0:Allow has none beside others; it must stand alone.", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Prefix": "a/", "Allow": [ "none", "read" ] } ] } ] }""")]
    [InlineData("Keys:0:Rules has the prefix 'a/' more than once", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ RULE, RULE ] } ] }""")]
    [InlineData("Keys:0:Rules:0:Deny is unknown; LockGrains:Access:Keys:0:Rules:0 may have Prefix, Allow.", """{ "Keys": [ { "Name": "a", "Sha256": "HASH", "Rules": [ { "Prefix": "a/", "Deny": [ "read" ], "Allow": [ "read" ] } ] } ] }""")]
    public void Configuration_ThatIsWrong_IsToldWithParameterValueAndRange(string problem, string access) => Assert.Contains(
        AccessProblems.Find(Read(access)),
        found => found.StartsWith("LockGrains:Access", StringComparison.Ordinal) && found.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void ThreeKeysOfOneName_AreOneTooMany()
    {
        var options = new AccessOptions();
        for (var count = 1; count <= 3; count++)
        {
            options.Keys.Add(Key("billing"));
            Assert.Equal(count > 2 ? 1 : 0, AccessProblems.Find(options).Count);
        }

        Assert.Contains("3 keys of the name 'billing'; there must be 1 or 2", AccessProblems.Find(options)[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public void Prefix_IsAtMostAsLongAsAKey(int length, bool isRight)
    {
        var options = new AccessOptions { Keys = { Key("a", new string('p', length)) } };

        Assert.Equal(isRight, AccessProblems.Find(options).Count == 0);
    }

    [Fact]
    public void Prefix_ThatEndsInHalfACharacter_IsRefused() =>
        Assert.Single(AccessProblems.Find(new AccessOptions { Keys = { Key("a", "\U0001F511"[..1]) } }));

    [Fact]
    public void SecretInPlaceOfItsHash_IsRefusedAndNeverRepeated()
    {
        var secret = AccessSecret.Create();
        var options = Read($$"""{ "Anonymous": "{{secret}}", "{{secret}}": "x", "Keys": [ { "Name": "{{secret}}", "Sha256": "{{secret}}", "NotAfter": "{{secret}}", "Rules": [ { "Prefix": "a/", "Allow": [ "{{secret}}" ] } ] } ] }""");

        var problems = AccessProblems.Find(options);

        Assert.True(problems.Count >= 5, string.Join('\n', problems));
        Assert.Contains(problems, problem => problem.Contains("Sha256 is a secret, and not its hash", StringComparison.Ordinal));
        Assert.DoesNotContain(secret[3..], string.Join('\n', problems), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void HashOfTheOperatorsKey_IsNotToBeThatOfAnother()
    {
        var key = Key("a");
        var options = new AccessOptions { OperatorSha256 = key.Sha256.ToUpperInvariant(), Keys = { key } };

        Assert.Contains("is that of the operator's key", Assert.Single(AccessProblems.Find(options)), StringComparison.Ordinal);
    }

    [Fact]
    public void TooManyKeys_AreRefused()
    {
        var options = new AccessOptions();
        for (var index = 0; index <= AccessOptions.KeysMax; index++)
            options.Keys.Add(Key($"k{index}"));

        Assert.Contains("has 1001 entries; it must have 0 to 1000", Assert.Single(AccessProblems.Find(options)), StringComparison.Ordinal);
    }

    [Fact]
    public void NullsOfAProgram_AreToldToo()
    {
        var options = new AccessOptions { Anonymous = (AnonymousAccess)7, Keys = { null!, new AccessKey { Name = null!, Sha256 = null!, Rules = { null! } } } };

        Assert.Equal(5, AccessProblems.Find(options).Count);
    }

    /// <summary>.NET would put the second list into the first, and give the key of the one the rules of the other.</summary>
    [Fact]
    public void KeysInTwoPlaces_AreRefused()
    {
        var root = new ConfigurationBuilder()
            .Add(new ChangingConfiguration(InAccess($$"""{ "Keys": [ {{Good}} ] }""")))
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>("LockGrains:Access:Keys:0:Name", "b")])
            .Build();
        var options = new AccessOptions();
        new AccessConfiguration(root).Configure(options);

        Assert.Contains("LockGrains:Access:Keys is in 2 places", Assert.Single(AccessProblems.Find(options)), StringComparison.Ordinal);
    }

    private static AccessKey Key(string name, string prefix = "a/") =>
        new() { Name = name, Sha256 = AccessSecret.Hash(AccessSecret.Create()), Rules = { new AccessRule { Prefix = prefix, Allow = { "read" } } } };

    private static string InAccess(string access) => $$"""{ "LockGrains": { "Access": {{access}} } }""";

    private static AccessOptions Read(string access)
    {
        var json = InAccess(access.Replace("GOOD", Good, StringComparison.Ordinal)
            .Replace("gHASHTAIL", $"g{Hash[1..]}", StringComparison.Ordinal)
            .Replace("HASHLOWER", Hash.ToLowerInvariant(), StringComparison.Ordinal)
            .Replace("HASH", Hash, StringComparison.Ordinal)
            .Replace("RULE", """{ "Prefix": "a/", "Allow": [ "read" ] }""", StringComparison.Ordinal));
        var options = new AccessOptions();
        new AccessConfiguration(new ConfigurationBuilder().Add(new ChangingConfiguration(json)).Build()).Configure(options);
        return options;
    }
}
