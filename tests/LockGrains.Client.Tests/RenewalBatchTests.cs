using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Renewals that go together: one message, and still an outcome for each lock.</summary>
public sealed class RenewalBatchTests
{
    // The beginning of the window (250 ms) in which a third of the lease (9.8 s) ends.
    private static readonly TimeSpan DueIn = TimeSpan.FromSeconds(9.75);

    private readonly ScriptedPost _post = new();
    private readonly TestClient _test;

    public RenewalBatchTests() => _test = new TestClient(renewals: _post);

    private List<Guid> Leases => [.. _test.Grain.Acquire.Calls.Select(call => call.LeaseId)];

    [Fact]
    public async Task Renewals_DueInOneWindow_GoInOneMessage()
    {
        var handles = await HoldAsync(3, apart: TimeSpan.FromMilliseconds(80));
        _post.Beat.Reply(Answer(Replies.Renewed(), Replies.Renewed(), Replies.Renewed()));
        RunDue(handles.Count);

        var batch = Assert.Single(_post.Beat.Calls);
        Assert.Equal(Leases.Order(), batch.Renewals.Select(renewal => renewal.LeaseId).Order());
        Assert.All(batch.Renewals, renewal => Assert.Equal(TestClient.Key, renewal.Key));
        Assert.Equal(TestClient.AttemptTimeout / 2, batch.AnswerWithin);
        Assert.Empty(_test.Grain.Renew.Calls);
        await WhenRenewedAsync(handles.Count);
        // Counted from the sending, which was the same for all.
        Assert.All(handles, handle => Assert.Equal(TestClient.Guaranteed, handle.Remaining));
    }

    [Fact]
    public async Task Renewal_Alone_GoesToItsLockAtItsTime()
    {
        var handles = await HoldAsync(1);
        RunDue(1);

        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Renew.Calls));
        Assert.Empty(_post.Beat.Calls);
        await WhenRenewedAsync(1);
        Assert.Equal(TestClient.Guaranteed, Assert.Single(handles).Remaining);
    }

    [Fact]
    public async Task Renewals_AnsweredDifferently_EachHasItsOwnOutcome()
    {
        var handles = await HoldAsync(3);
        RenewReply[] replies = [Replies.Renewed(), Replies.NotHeld(EndReason.Revoked), new() { Status = RenewStatus.Unknown }];
        _post.Beat.Add(batch => ValueTask.FromResult(Answer([.. batch.Renewals.Select(renewal => replies[Leases.IndexOf(renewal.LeaseId)])])));
        RunDue(3);
        await _test.Time.WhenTimerDueInAsync(TestClient.RetryDelay);
        await handles[1].HandleLostToken.WhenCancelledAsync("loss of the revoked lock");
        await WhenRenewedAsync(1);

        Assert.Equal(TestClient.Guaranteed, handles[0].Remaining);
        Assert.Equal(TimeSpan.Zero, handles[1].Remaining);
        Assert.Equal(TestClient.Guaranteed - DueIn, handles[2].Remaining);
        Assert.False(handles[2].HandleLostToken.IsCancellationRequested);
    }

    [Fact]
    public async Task Batch_Fails_EachIsRepeatedAlone()
    {
        var handles = await HoldAsync(2);
        _post.Beat.Throw(new NotSupportedException("An older silo knows no batches."));
        RunDue(2);
        await _test.Time.WhenTimersDueInAsync(TestClient.RetryDelay, 2);
        Assert.All(handles, handle => Assert.Equal(TestClient.Guaranteed - DueIn, handle.Remaining));

        _test.Time.Advance(TestClient.RetryDelay);
        await _test.Grain.Renew.WhenCalledAsync(2);
        await WhenRenewedAsync(2, TimeSpan.FromSeconds(9.7));
        Assert.Equal(Leases.Order(), _test.Grain.Renew.Calls.Order());
        Assert.Equal(0, _post.Run());
        Assert.Single(_post.Beat.Calls);
    }

    [Fact]
    public async Task Batch_AnswersTooFew_SaysNothingOfAny()
    {
        var handles = await HoldAsync(2);
        _post.Beat.Reply(Answer(Replies.NotHeld(EndReason.Expired)));
        RunDue(2);
        await _test.Time.WhenTimersDueInAsync(TestClient.RetryDelay, 2);

        Assert.All(handles, handle => Assert.False(handle.HandleLostToken.IsCancellationRequested));
    }

    [Fact]
    public async Task Batch_Hangs_EachGoesOnAloneWhenItsTimeIsOver()
    {
        var handles = await HoldAsync(2);
        RunDue(2);
        await _test.Time.WhenTimersDueInAsync(TestClient.AttemptTimeout, 2);
        _test.Time.Advance(TestClient.AttemptTimeout);
        await _test.Time.WhenTimersDueInAsync(TestClient.RetryDelay, 2);
        _test.Time.Advance(TestClient.RetryDelay);
        await _test.Grain.Renew.WhenCalledAsync(2);

        Assert.All(handles, handle => Assert.False(handle.AtRiskToken.IsCancellationRequested));
    }

    [Fact]
    public async Task Handle_ReleasedWhileItsBatchIsOpen_DoesNotWaitForIt()
    {
        var handles = await HoldAsync(2);
        var batch = _post.Beat.Hang();
        _test.Time.Advance(DueIn);
        Assert.Equal(ReleaseOutcome.Released, await handles[0].ReleaseAsync());
        Assert.Equal(1, _post.Run());
        var sent = await _post.Beat.WhenCalledAsync();
        var released = Replies.NotHeld(EndReason.Released);
        batch.SetResult(Answer([.. sent.Renewals.Select(renewal => renewal.LeaseId == Leases[0] ? released : Replies.Renewed())]));
        await WhenRenewedAsync(1);

        Assert.False(handles[0].HandleLostToken.IsCancellationRequested);
        Assert.Equal(TestClient.Guaranteed, handles[1].Remaining);
    }

    [Fact]
    public async Task Renewals_MoreThanABatchHolds_GoInSeveral()
    {
        var handles = await HoldAsync(Heartbeat.BeatsMax + 2);
        RunDue(2);

        Assert.Equal([Heartbeat.BeatsMax, 2], _post.Beat.Calls.Select(batch => batch.Renewals.Length));
        GC.KeepAlive(handles);
    }

    [Fact]
    public async Task Renewals_OfPatientClients_DoNotWaitForEachOtherUntilOrleansGivesUp()
    {
        var test = new TestClient(options => (options.Lease, options.AttemptTimeout) = (TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)), renewals: _post);
        test.Grain.Acquire.Reply(Replies.Granted(3600), Replies.Granted(3600));
        var handles = new[] { await test.Client.AcquireAsync("a"), await test.Client.AcquireAsync("b") };
        test.Time.Advance(handles[0].Remaining / 3);
        _post.Run();

        Assert.True((await _post.Beat.WhenCalledAsync()).AnswerWithin <= TimeSpan.FromSeconds(10));
        GC.KeepAlive(handles);
    }

    [Fact]
    public async Task Renewals_WindowOfZero_GoAlone()
    {
        var test = new TestClient(options => options.RenewalWindow = TimeSpan.Zero, renewals: _post);
        test.Grain.Acquire.Reply(Replies.Granted(), Replies.Granted());
        var handles = new[] { await test.Client.AcquireAsync("a"), await test.Client.AcquireAsync("b") };
        test.Time.Advance(TestClient.Third);
        await test.Grain.Renew.WhenCalledAsync(2);

        Assert.Equal(0, _post.Run());
        GC.KeepAlive(handles);
    }

    private static HeartbeatReply Answer(params RenewReply[] replies) => new() { Renewals = [.. replies] };

    private async Task<List<LockHandle>> HoldAsync(int count, TimeSpan apart = default)
    {
        var handles = new List<LockHandle>();
        for (var index = 0; index < count; index++)
        {
            if (index > 0)
                _test.Time.Advance(apart);
            _test.Grain.Acquire.Reply(Replies.Granted());
            handles.Add(await _test.Client.AcquireAsync(TestClient.Key));
        }

        return handles;
    }

    /// <summary>Goes to where the renewals are due, and lets their batch leave.</summary>
    private void RunDue(int batchesMost)
    {
        _test.Time.Advance(DueIn - _test.Time.Elapsed);
        Assert.InRange(_post.Run(), 1, batchesMost);
    }

    private Task WhenRenewedAsync(int count, TimeSpan? dueIn = null) => _test.Time.WhenTimersDueInAsync(dueIn ?? DueIn, count);
}
