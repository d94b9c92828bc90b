using LockGrains.AspNetCore.Access;

namespace LockGrains.AspNetCore.Tests.Access;

/// <summary>Which rule of an access key counts for which lock.</summary>
public sealed class AccessRulesTests
{
    [Theory]
    [InlineData("billing", "billing/42", true)]
    [InlineData("billing", "billing", true)]
    [InlineData("billing", "billing-archive/42", true)]
    [InlineData("bill", "billing/42", true)]
    [InlineData("billing/", "billing/42", true)]
    [InlineData("billing/", "billing/", true)]
    [InlineData("billing/", "billing", false)]
    [InlineData("billing/", "billing-archive/42", false)]
    [InlineData("billing/", "Billing/42", false)]
    [InlineData("billing/", "x/billing/42", false)]
    [InlineData("billing/42", "billing/4", false)]
    [InlineData("", "billing/42", true)]
    [InlineData("a%2F", "a/b", false)]
    [InlineData("a/../b", "b", false)]
    [InlineData("\u00e9/", "\u00e9/1", true)]
    [InlineData("\u00e9/", "e\u0301/1", false)]
    [InlineData("e", "e\u0301/1", true)]
    [InlineData("e\u0301/", "\u00e9/1", false)]
    [InlineData("ss", "\u00df", false)]
    [InlineData("\U0001F511", "\U0001F511/door", true)]
    [InlineData("\U0001F511", "\U0001F512/door", false)]
    [InlineData("\U0001F468", "\U0001F468\u200D\U0001F469\u200D\U0001F466", true)]
    [InlineData("", "\u200D", true)]
    [InlineData("\u200D", "a", false)]
    public void Prefix_CoversExactlyTheKeysThatBeginWithIt(string prefix, string key, bool isCovered) =>
        Assert.Equal(isCovered, Credential((prefix, [AccessVerb.Acquire])).Allows(AccessVerb.Acquire, key));

    [Theory]
    [InlineData("a", "Acquire", true)]
    [InlineData("a", "Read", false)]
    [InlineData("a", "Revoke", false)]
    [InlineData("a/", "Acquire", false)]
    [InlineData("a/", "Read", true)]
    [InlineData("a/b", "Acquire", false)]
    [InlineData("a/b", "Read", false)]
    [InlineData("a/b", "Revoke", true)]
    [InlineData("a/c", "Read", true)]
    [InlineData("a/secret", "Acquire", false)]
    [InlineData("a/secret", "Read", false)]
    [InlineData("a/secret", "Revoke", false)]
    [InlineData("b", "Acquire", true)]
    public void LongestPrefix_DecidesByItself(string key, string verbName, bool isAllowed)
    {
        var verb = Enum.Parse<AccessVerb>(verbName);
        (string, AccessVerb[])[] rules = [("a/", [AccessVerb.Read]), ("", [AccessVerb.Acquire]), ("a/secret", []), ("a/b", [AccessVerb.Revoke])];

        Assert.Equal(isAllowed, Credential(rules).Allows(verb, key));
        Assert.Equal(isAllowed, Credential([.. rules.AsEnumerable().Reverse()]).Allows(verb, key));
    }

    [Fact]
    public void NoRuleThatMatches_AllowsNothing() => Assert.All(
        Enum.GetValues<AccessVerb>(),
        verb => Assert.False(Credential(("a/", Enum.GetValues<AccessVerb>())).Allows(verb, "b")));

    /// <summary>A request that names no key asks with the empty one, which only the empty prefix covers.</summary>
    [Fact]
    public void EmptyKey_IsCoveredByTheEmptyPrefixAlone()
    {
        Assert.True(Credential(("", [AccessVerb.Read])).Allows(AccessVerb.Read, ""));
        Assert.False(Credential(("a", [AccessVerb.Read])).Allows(AccessVerb.Read, ""));
    }

    /// <summary>A list is asked for with a prefix: it must lie within a rule that allows to read.</summary>
    [Theory]
    [InlineData("billing/", true)]
    [InlineData("billing/4", true)]
    [InlineData("billing/secret/1", false)]
    [InlineData("billing", false)]
    [InlineData("bill", false)]
    [InlineData("", false)]
    [InlineData("orders/", false)]
    public void PrefixOfAList_WithinARuleAlone_IsAllowed(string prefix, bool isAllowed) => Assert.Equal(
        isAllowed, Credential(("billing/", [AccessVerb.Read]), ("billing/secret/", [AccessVerb.Acquire])).Allows(AccessVerb.Read, prefix));

    [Fact]
    public void Anywhere_IsAllowedByAnyRule()
    {
        var credential = Credential(("a/", [AccessVerb.Read]), ("b/", [AccessVerb.Acquire]), ("c/", []));

        Assert.Equal((true, true, false), (credential.AllowsAnywhere(AccessVerb.Read), credential.AllowsAnywhere(AccessVerb.Acquire), credential.AllowsAnywhere(AccessVerb.Revoke)));
        Assert.False(Credential(("", [])).AllowsAnywhere(AccessVerb.Read));
    }

    [Fact]
    public void Table_FindsEachKeyByItsWholeHash()
    {
        var options = new AccessOptions { OperatorSha256 = AccessSecret.Hash(AccessSecret.Create()) };
        foreach (var name in new[] { "a", "b", "c" })
            options.Keys.Add(new AccessKey { Name = name, Sha256 = AccessSecret.Hash(AccessSecret.Create()), Rules = { new AccessRule { Prefix = "", Allow = { "read" } } } });
        var table = AccessTable.Create(options);

        Assert.Equal(3, table.KeyCount);
        Assert.Equal(["a", "b", "c", "operator"], table.Credentials.Select(one => table.Find(one.Sha256)!.Name));
        foreach (var credential in table.Credentials)
        {
            for (var index = 0; index < credential.Sha256.Length; index++)
            {
                var wrong = (byte[])credential.Sha256.Clone();
                wrong[index] ^= 1;
                Assert.Null(table.Find(wrong));
            }

            Assert.Null(table.Find(credential.Sha256.AsSpan(1)));
        }

        Assert.Null(table.Find([]));
    }

    /// <summary>Times cannot be measured to prove it. What takes the same time for every hash is written down instead.</summary>
    [Fact]
    public void Table_Compare_IsOfFixedTimeAndNeverStopsEarly()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "src", "LockGrains.AspNetCore", "Access", "AccessTable.cs"));
        var find = source.Split("? Find(", 2)[1].Split("\n    }\n", 2)[0];

        Assert.Contains("CryptographicOperations.FixedTimeEquals(", find, StringComparison.Ordinal);
        Assert.Single(find.Split("return").Skip(1));
        Assert.DoesNotContain("break", find, StringComparison.Ordinal);
    }

    private static AccessCredential Credential(params (string Prefix, AccessVerb[] Verbs)[] rules) =>
        new("test", new byte[32], notAfter: null, rules.Select(rule => (rule.Prefix, rule.Verbs.AsEnumerable())));
}
