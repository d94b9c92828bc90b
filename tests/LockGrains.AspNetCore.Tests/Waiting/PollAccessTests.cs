using System.Net;
using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Tests.Calls;
using LockGrains.AspNetCore.Tests.Harness;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Tests.Waiting;

/// <summary>An access key that is not accepted any more gains nothing by a poll that is open.</summary>
public sealed class PollAccessTests : IAsyncLifetime
{
    private ApiHost _host = null!;

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync(
        options => options.BeatPeriod = TimeSpan.FromMilliseconds(150), new LockPolicy { PresenceWindow = TimeSpan.FromMilliseconds(500) });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData((int)AccessOutcome.Unauthenticated, HttpStatusCode.Unauthorized, "unauthenticated")]
    [InlineData((int)AccessOutcome.Forbidden, HttpStatusCode.Forbidden, "forbidden")]
    public async Task Poll_KeyIsTakenAway_EndsAtOnceAndTheNextHasTheLock(int outcome, HttpStatusCode status, string code)
    {
        var key = ApiClient.NewKey("revoked");
        var holder = await _host.Api.TakeAsync(key);
        var poll = _host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "bob", poll: 50));
        await _host.Api.WhenWaitingAsync(key, 1);

        _host.Access.Change((_, _) => (AccessOutcome)outcome);

        (await poll.WithinPatienceAsync("end of the poll")).ExpectProblem(status, code);
        Assert.Equal(0, _host.Services.Room.Count);
        _host.Access.Change(static (_, _) => AccessOutcome.Allowed);
        var next = _host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "carol", poll: 50));
        (await _host.Api.PostAsync("/release", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        (await next.WithinPatienceAsync("grant")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Poll_KeyIsOver_EndsByItself()
    {
        var key = ApiClient.NewKey("expired");
        await _host.Api.TakeAsync(key);
        _host.Access.EndsIn = TimeSpan.FromMilliseconds(200);
        var begun = TimeProvider.System.GetTimestamp();
        _host.Access.Rule = (_, _) => TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromMilliseconds(200) ? AccessOutcome.Allowed : AccessOutcome.Unauthenticated;

        (await _host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "bob", poll: 50)).WithinPatienceAsync("end of the poll"))
            .ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");

        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task Poll_ChangeOfAnotherKey_GoesOn()
    {
        var key = ApiClient.NewKey("other");
        var holder = await _host.Api.TakeAsync(key);
        var poll = _host.Api.PostAsync("/acquire", AcquireTests.Waiting(key, "bob", poll: 50));
        await _host.Api.WhenWaitingAsync(key, 1);
        _host.Access.TakeAsked();

        _host.Access.Change(static (_, _) => AccessOutcome.Allowed);

        await Eventually.BecomesAsync(() => Task.FromResult(_host.Access.TakeAsked()), asked => asked.Contains((AccessVerb.Acquire, key)), "second decision");
        await _host.Api.WhenWaitingAsync(key, 1);
        (await _host.Api.PostAsync("/release", ApiClient.HoldOf(holder))).Expect(HttpStatusCode.OK);
        (await poll.WithinPatienceAsync("grant")).Expect(HttpStatusCode.OK);
    }
}
