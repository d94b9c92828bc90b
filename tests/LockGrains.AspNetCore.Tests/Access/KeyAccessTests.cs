using System.Net;
using LockGrains.AspNetCore.Access;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using static LockGrains.AspNetCore.Tests.Access.AccessHost;

namespace LockGrains.AspNetCore.Tests.Access;

/// <summary>Who is known by which key, and what happens when the configuration changes.</summary>
public sealed class KeyAccessTests
{
    private const int Changed = 451;
    private const int ChangeRefused = 452;
    private const int KeyExpired = 453;

    private static readonly string Secret = AccessSecret.Create();
    private static readonly string Other = AccessSecret.Create();
    private static readonly (string, string[]) Billing = ("billing/", ["acquire", "read"]);

    [Fact]
    public void Key_IsAllowedWhatItsRulesSay_AndForbiddenTheRest()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)));

        Assert.Equal(new AccessDecision(AccessOutcome.Allowed, "billing"), host.Ask(Secret));
        Assert.Equal(AccessOutcome.Allowed, host.Ask(Secret, AccessVerb.Read).Outcome);
        var revoke = host.Ask(Secret, AccessVerb.Revoke);
        Assert.Equal((AccessOutcome.Forbidden, "billing", "The access key 'billing' has no rule that allows revoke for this lock."), (revoke.Outcome, revoke.Who, revoke.Reason));
        Assert.Equal(AccessOutcome.Forbidden, host.Ask(Secret, key: "orders/42").Outcome);
        Assert.Equal(AccessOutcome.Forbidden, host.Ask(Secret, AccessVerb.Read, "").Outcome);
    }

    [Theory]
    [InlineData("", "all locks")]
    [InlineData("bill", "all locks whose keys begin with 'bill'")]
    public void Prefix_ThatNoRuleCovers_IsForbidden_AndNamed(string prefix, string what)
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)));
        var context = LocalRequest();
        context.Request.Headers.Authorization = $"Bearer {Secret}";

        Assert.Equal(
            new AccessDecision(AccessOutcome.Forbidden, "billing", $"The access key 'billing' has no rule that allows read for {what}."),
            host.Access.DecidePrefix(context, AccessVerb.Read, prefix));
        Assert.Equal(AccessOutcome.Allowed, host.Access.DecidePrefix(context, AccessVerb.Read, "billing/4").Outcome);
    }

    [Fact]
    public void Anywhere_IsAllowedByAnyRuleOfTheKey_AndNeedsAKey()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, ("billing/", ["acquire"]))));
        var context = LocalRequest();
        Assert.Equal(AccessOutcome.Unauthenticated, host.Access.DecideAnywhere(context, AccessVerb.Acquire).Outcome);
        context.Request.Headers.Authorization = $"Bearer {Secret}";

        Assert.Equal(new AccessDecision(AccessOutcome.Allowed, "billing"), host.Access.DecideAnywhere(context, AccessVerb.Acquire));
        Assert.Equal(
            new AccessDecision(AccessOutcome.Forbidden, "billing", "The access key 'billing' has no rule that allows read for any lock."),
            host.Access.DecideAnywhere(context, AccessVerb.Read));
    }

    [Fact]
    public void Filter_OfARequest_AllowsTheKeysThatADecisionWould()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)), options => options.Anonymous = AnonymousAccess.Local);
        var context = LocalRequest();
        Assert.Equal(AccessOutcome.Allowed, host.Access.Decide(context, AccessVerb.Read, "", out var ofAnybody).Outcome);
        Assert.True(ofAnybody("orders/1"));
        context.Request.Headers.Authorization = $"Bearer {Secret}";
        Assert.Equal("billing", host.Access.Decide(context, AccessVerb.Read, "", out var ofBilling).Who);

        // It does not look at the request again.
        context.Request.Headers.Authorization = $"Bearer {Other}";
        Assert.Equal((true, false), (ofBilling("billing/1"), ofBilling("orders/1")));
        Assert.Equal(AccessOutcome.Unauthenticated, host.Access.Decide(context, AccessVerb.Read, "", out var ofNobody).Outcome);
        Assert.False(ofNobody("billing/1"));
    }

    [Fact]
    public void Nobody_IsTheDefault()
    {
        using var host = new AccessHost("{}");

        Assert.Equal(AccessOutcome.Unauthenticated, host.Decide(null).Outcome);
        Assert.Equal(AccessOutcome.Unauthenticated, host.Ask(Secret).Outcome);
        Assert.Equal(AccessOutcome.Unauthenticated, default(AccessDecision).Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic SECRET")]
    [InlineData("SECRET")]
    [InlineData("Bearer SECRETx")]
    [InlineData("Bearer SECRET, Bearer SECRET")]
    [InlineData("Bearer \"SECRET\"")]
    [InlineData("BearerSECRET")]
    [InlineData("Bearer\tSECRET")]
    [InlineData("Bearer OTHER")]
    public void Header_ThatIsNoKnownKey_IsUnauthenticated_EvenWhereNoneIsNeeded(string header)
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)), options => options.Anonymous = AnonymousAccess.Local);

        var decision = host.Decide(header.Replace("SECRET", Secret, StringComparison.Ordinal).Replace("OTHER", Other, StringComparison.Ordinal));

        Assert.Equal(new AccessDecision(AccessOutcome.Unauthenticated, "", "The access key is not known."), decision);
        Assert.Equal(AccessOutcome.Allowed, host.Decide(null).Outcome);
    }

    [Theory]
    [InlineData("bearer SECRET")]
    [InlineData("BEARER SECRET")]
    [InlineData("Bearer  SECRET ")]
    public void Header_IsReadAsRfc9110Says(string header)
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)));

        Assert.Equal(AccessOutcome.Allowed, host.Decide(header.Replace("SECRET", Secret, StringComparison.Ordinal)).Outcome);
    }

    [Fact]
    public void Header_SentTwice_IsRefused()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)));
        var context = LocalRequest();
        context.Request.Headers.Authorization = new[] { $"Bearer {Secret}", $"Bearer {Secret}" };

        Assert.Equal(AccessOutcome.Unauthenticated, host.Access.Decide(context, AccessVerb.Read, "billing/1").Outcome);
    }

    [Fact]
    public void KeyThatExpires_IsAcceptedBefore_AndToldOnceWhenUsedAfter()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, "2030-01-01T01:00:00+00:30", Billing)));

        host.Clock.Advance(TimeSpan.FromMinutes(30) - TimeSpan.FromTicks(1));
        Assert.Equal(AccessOutcome.Allowed, host.Ask(Secret).Outcome);
        host.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(new AccessDecision(AccessOutcome.Unauthenticated, "billing", "The access key expired at 2030-01-01T00:30:00Z."), host.Ask(Secret));
        Assert.Equal(AccessOutcome.Unauthenticated, host.Ask(Secret, AccessVerb.Revoke, "other").Outcome);
        Assert.Single(host.Lines.All, line => line.Id == KeyExpired && line.Level == LogLevel.Warning);
    }

    [Fact]
    public void TwoKeysOfOneName_AreBothAccepted_UntilTheOldOneIsTakenAway()
    {
        var (old, fresh) = (KeyJson("billing", Secret, Billing), KeyJson("billing", Other, Billing));
        using var host = new AccessHost(AccessJson(old));
        Assert.Equal(AccessOutcome.Unauthenticated, host.Ask(Other).Outcome);

        host.Change(AccessJson(old, fresh));
        Assert.Equal(("billing", "billing"), (host.Ask(Secret).Who, host.Ask(Other).Who));
        Assert.Equal(AccessOutcome.Allowed, host.Ask(Other).Outcome);

        host.Change(AccessJson(fresh));
        Assert.Equal(AccessOutcome.Unauthenticated, host.Ask(Secret).Outcome);
        Assert.Equal(AccessOutcome.Allowed, host.Ask(Other).Outcome);
        Assert.Equal(2, host.Lines.All.Count(line => line.Id == Changed));
    }

    [Fact]
    public void Change_OfRules_CountsAtOnce()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)));

        host.Change(AccessJson(KeyJson("billing", Secret, ("billing/", ["read"]))));

        Assert.Equal(AccessOutcome.Forbidden, host.Ask(Secret).Outcome);
        Assert.Equal(AccessOutcome.Allowed, host.Ask(Secret, AccessVerb.Read).Outcome);
    }

    [Fact]
    public async Task Validity_EndsWithAChangeThatIsTaken_AndWithNoOther()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)));
        var first = ValidityOf(host, Secret);

        host.Change("{}");
        Assert.False(first.Changed.IsCancellationRequested);
        Assert.Null(first.EndsIn);

        host.Change(AccessJson(KeyJson("billing", Other, Billing)));
        await first.Changed.WhenCancelledAsync("end of the validity");
        Assert.False(ValidityOf(host, Other).Changed.IsCancellationRequested);
    }

    [Fact]
    public void Validity_OfAKeyThatExpires_HasTheTimeThatIsLeft()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, "2030-01-01T00:30:00Z", Billing)));
        host.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(TimeSpan.FromMinutes(20), ValidityOf(host, Secret).EndsIn);
        Assert.Null(ValidityOf(host, Other).EndsIn);
    }

    [Theory]
    [InlineData("""{ "LockGrains": { "Access": { "Keys": "x" } } }""")]
    [InlineData("""{ "LockGrains": { "Access": { "Keys": [ { "Name": "billing" } ] } } }""")]
    [InlineData("""{ "LockGrains": { "Access": { "Anonymous": "everybody", "Keys": [ ] } } }""")]
    [InlineData("""{ "LockGrains": { "Access": { } } }""")]
    [InlineData("{}")]
    public void Change_ThatIsWrong_LeavesEverythingAsItWasAndSaysSo(string json)
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)), options => options.Anonymous = AnonymousAccess.LocalWithoutKeys);

        host.Change(json);

        Assert.Equal(AccessOutcome.Allowed, host.Ask(Secret).Outcome);
        Assert.Equal(AccessOutcome.Forbidden, host.Ask(Secret, AccessVerb.Revoke).Outcome);
        Assert.Equal(AccessOutcome.Unauthenticated, host.Ask(Other).Outcome);
        Assert.Equal(AccessOutcome.Unauthenticated, host.Decide(null).Outcome);
        var said = Assert.Single(host.Lines.All, line => line.Id == ChangeRefused && line.Level == LogLevel.Error);
        Assert.Contains("LockGrains:Access:", said.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Lines.All, line => line.Id == Changed);

        host.Change(AccessJson(KeyJson("billing", Other, Billing)));
        Assert.Equal(AccessOutcome.Allowed, host.Ask(Other).Outcome);
        Assert.Equal(AccessOutcome.Unauthenticated, host.Ask(Secret).Outcome);
    }

    [Fact]
    public void Change_WithOneWrongKeyAmongRightOnes_TakesNoneOfThem()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)));

        host.Change(AccessJson(KeyJson("other", Other, Billing), """{ "Name": "third" }"""));

        Assert.Equal(AccessOutcome.Unauthenticated, host.Ask(Other).Outcome);
        Assert.Equal(AccessOutcome.Allowed, host.Ask(Secret).Outcome);
    }

    [Fact]
    public void EmptyListOfKeys_TakesAllAway_AndOpensNothing()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, Billing)), options => options.Anonymous = AnonymousAccess.LocalWithoutKeys);

        host.Change(AccessJson());

        Assert.Equal(AccessOutcome.Unauthenticated, host.Ask(Secret).Outcome);
        Assert.Equal(AccessOutcome.Unauthenticated, host.Decide(null).Outcome);
        Assert.Contains("accepted now: 0.", Assert.Single(host.Lines.All, line => line.Id == Changed).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Change_OfSomethingElse_IsNotTold()
    {
        var json = AccessJson(KeyJson("billing", Secret, Billing));
        using var host = new AccessHost(json);

        host.Change(json.Replace("{ \"LockGrains\":", "{ \"Other\": 1, \"LockGrains\":", StringComparison.Ordinal));

        Assert.DoesNotContain(host.Lines.All, line => line.Id is Changed or ChangeRefused);
        Assert.Equal(AccessOutcome.Allowed, host.Ask(Secret).Outcome);
    }

    [Fact]
    public void FirstKey_ClosesWhatWasOpenWithoutOne_ForGood()
    {
        using var host = new AccessHost("{}", options => options.Anonymous = AnonymousAccess.LocalWithoutKeys);
        Assert.Equal(new AccessDecision(AccessOutcome.Allowed, "anonymous"), host.Decide(null));

        host.Change(AccessJson(KeyJson("billing", Secret, Billing)));
        Assert.Equal(AccessOutcome.Unauthenticated, host.Decide(null).Outcome);
        host.Change(AccessJson());
        Assert.Equal(AccessOutcome.Unauthenticated, host.Decide(null).Outcome);
    }

    [Fact]
    public void Anonymous_ClosedByAChange_IsNotOpenedByTheNext()
    {
        const string Open = """{ "LockGrains": { "Access": { "Anonymous": "local" } } }""";
        using var host = new AccessHost(Open);
        Assert.Equal(AccessOutcome.Allowed, host.Decide(null).Outcome);

        host.Change(Open.Replace("local", "none", StringComparison.Ordinal));
        Assert.Equal(AccessOutcome.Unauthenticated, host.Decide(null).Outcome);
        host.Change(Open);
        Assert.Equal(AccessOutcome.Unauthenticated, host.Decide(null).Outcome);
    }

    [Theory]
    [InlineData((int)AccessVerb.Acquire, true)]
    [InlineData((int)AccessVerb.Read, true)]
    [InlineData((int)AccessVerb.Revoke, false)]
    [InlineData(99, false)]
    public void Anonymous_AcquiresAndReads_AndNothingElse(int verb, bool isAllowed)
    {
        using var host = new AccessHost("{}", options => options.Anonymous = AnonymousAccess.Local);

        var decision = host.Decide(null, (AccessVerb)verb);

        Assert.Equal((isAllowed ? AccessOutcome.Allowed : AccessOutcome.Forbidden, "anonymous"), (decision.Outcome, decision.Who));
    }

    /// <summary>R25: behind a proxy as its authors ship it, revoke is 403. Whether the proxy can be told from a program changes nothing.</summary>
    [Theory]
    [InlineData("HTTP/1.0")]
    [InlineData("HTTP/1.1")]
    public void Revoke_WithoutAKey_IsForbiddenBehindAProxyThatHidesItself(string protocol)
    {
        using var host = new AccessHost("{}", options => options.Anonymous = AnonymousAccess.Local);
        var context = LocalRequest();
        context.Request.Protocol = protocol;

        Assert.Equal(AccessOutcome.Forbidden, host.Access.Decide(context, AccessVerb.Revoke, "a").Outcome);
    }

    [Fact]
    public void Operator_MayDoEverything_AndIsNoReasonToCloseWhatIsOpen()
    {
        using var host = new AccessHost("{}", options => (options.Anonymous, options.OperatorSha256) = (AnonymousAccess.LocalWithoutKeys, AccessSecret.Hash(Secret)));

        Assert.All(Enum.GetValues<AccessVerb>(), verb => Assert.Equal(new AccessDecision(AccessOutcome.Allowed, "operator"), host.Ask(Secret, verb, "any")));
        Assert.Equal(AccessOutcome.Allowed, host.Decide(null).Outcome);
    }

    /// <summary>It lies in a file of this machine: elsewhere it was carried off.</summary>
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("10.0.0.7", false)]
    [InlineData("fe80::1", false)]
    [InlineData(null, false)]
    public void Operator_IsAcceptedFromThisMachineAlone(string? peer, bool isAccepted)
    {
        using var host = new AccessHost("{}", options => options.OperatorSha256 = AccessSecret.Hash(Secret));
        var context = LocalRequest();
        context.Connection.RemoteIpAddress = peer is null ? null : IPAddress.Parse(peer);
        context.Request.Headers.Authorization = $"Bearer {Secret}";

        Assert.Equal(isAccepted ? AccessOutcome.Allowed : AccessOutcome.Unauthenticated, host.Access.Decide(context, AccessVerb.Revoke, "a").Outcome);
        Assert.Equal(isAccepted ? AccessOutcome.Allowed : AccessOutcome.Unauthenticated, host.Access.DecideAnywhere(context, AccessVerb.Read).Outcome);
    }

    [Fact]
    public void Start_WithAWrongConfiguration_TellsEveryProblem()
    {
        var exception = Assert.Throws<OptionsValidationException>(() => new AccessHost("""{ "LockGrains": { "Access": { "Anonymous": "x", "Keys": [ { } ] } } }"""));

        Assert.Equal(4, exception.Failures.Count());
    }

    [Fact]
    public void Secret_IsInNoLogAndNoDecision()
    {
        using var host = new AccessHost(AccessJson(KeyJson("billing", Secret, "2030-01-01T01:00:00Z", Billing)));

        string?[] reasons = [host.Ask(Secret).Reason, host.Ask(Secret, key: "x").Reason, host.Ask(Other).Reason, host.Decide(Secret).Reason];
        host.Clock.Advance(TimeSpan.FromHours(1));
        reasons = [.. reasons, host.Ask(Secret).Reason];
        host.Change($$"""{ "LockGrains": { "Access": { "Keys": [ { "Name": "{{Secret}}", "Sha256": "{{Secret}}" } ] } } }""");

        Assert.Contains(host.Lines.All, line => line.Id == ChangeRefused);
        Assert.DoesNotContain("lg_", string.Concat(reasons.Select(reason => reason?.Replace("Bearer lg_...", "", StringComparison.Ordinal))), StringComparison.Ordinal);
        Assert.All(host.Lines.All, line => Assert.DoesNotContain(Secret[3..], line.Text, StringComparison.OrdinalIgnoreCase));
    }

    private static AccessValidity ValidityOf(AccessHost host, string secret)
    {
        var context = LocalRequest();
        context.Request.Headers.Authorization = $"Bearer {secret}";
        return host.Access.GetValidity(context);
    }
}
