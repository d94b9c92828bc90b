using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>The value of a lock: its holder sets it by the version that it knows, and everybody reads it.</summary>
public sealed class ValueTests
{
    private static readonly LockValue Leader = LockValue.OfText("10.0.0.7:5000");

    private readonly TestClient _test = new();

    [Fact]
    public async Task Acquire_WithAValue_SendsItWithTheRequest()
    {
        await using var handle = await _test.AcquireAsync(new AcquireOptions { Value = Leader });

        Assert.Equal(Leader.Text, Assert.Single(_test.Grain.Acquire.Calls).Value!.Text);
    }

    [Fact]
    public async Task SetValue_Held_ReplacesTheVersionThatTheGrantTold()
    {
        _test.Grain.Acquire.Reply(Replies.Granted() with { ValueVersion = 4 });
        _test.Grain.SetValue.Reply(Replies.Value("a", 5), Replies.Value(null, 6));
        await using var handle = await _test.Client.AcquireAsync(TestClient.Key);

        Assert.True(await handle.SetValueAsync(LockValue.OfText("a", TimeSpan.FromDays(1))));
        Assert.True(await handle.SetValueAsync(new LockValue()));
        Assert.Equal([4L, 5L], _test.Grain.SetValue.Calls.Select(request => request.IfVersion));
        Assert.Equal(TimeSpan.FromDays(1), _test.Grain.SetValue.Calls[0].Value.KeepFor);
        Assert.All(_test.Grain.SetValue.Calls, request => Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, request.LeaseId));
    }

    [Fact]
    public async Task SetValue_AnotherVersionThanExpected_IsFalseAndSetsNothing()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.SetValue.Reply(Replies.Value("b", 9, ValueStatus.Conflict));

        Assert.False(await handle.SetValueAsync(Leader, ifVersion: 2));
        Assert.Equal(2, Assert.Single(_test.Grain.SetValue.Calls).IfVersion);
    }

    [Fact]
    public async Task SetValue_WhateverItIs_GoesByTheVersionThatItFinds()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.SetValue.Reply(Replies.Value("b", 9, ValueStatus.Conflict), Replies.Value(Leader.Text, 10));

        Assert.True(await handle.SetValueAsync(Leader));
        Assert.Equal([0L, 9L], _test.Grain.SetValue.Calls.Select(request => request.IfVersion));
    }

    [Fact]
    public async Task SetValue_Unknown_IsRepeatedUnchanged()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.SetValue.Reply(new ValueReply { Status = ValueStatus.Unknown }, Replies.Value(Leader.Text, 1));
        var set = handle.SetValueAsync(Leader).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.True(await set);
        Assert.Equal([0L, 0L], _test.Grain.SetValue.Calls.Select(request => request.IfVersion));
    }

    [Fact]
    public async Task SetValue_NotHeld_TellsTheLoss()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.SetValue.Reply(new ValueReply { Status = ValueStatus.NotHeld, End = EndReason.Expired });
        await Assert.ThrowsAsync<LockLostException>(() => handle.SetValueAsync(Leader).AsTask());

        Assert.True(handle.HandleLostToken.IsCancellationRequested);
    }

    [Fact]
    public async Task SetValue_Refused_ThrowsWhatTheSiloSays()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.SetValue.Reply(new ValueReply { Status = ValueStatus.Refused, Detail = "Value has 13 bytes; it must have at most 8." });
        var problem = await Assert.ThrowsAsync<ArgumentException>(() => handle.SetValueAsync(Leader).AsTask());

        Assert.Equal("The silo refused the value of the lock 'orders/42': Value has 13 bytes; it must have at most 8.", problem.Message);
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task SetValue_NobodyCanSay_ThrowsUnavailable()
    {
        var test = new TestClient(options =>
        {
            options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(3);
            options.UnavailableTimeout = TimeSpan.FromSeconds(9);
        });
        await using var handle = await test.AcquireAsync();
        test.Grain.SetValue.Otherwise = new ValueReply { Status = ValueStatus.Unknown, Detail = "storage is away" };
        var set = handle.SetValueAsync(Leader).AsTask();
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(3));
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(3));

        var problem = await Assert.ThrowsAsync<LockUnavailableException>(() => set.OrTimeoutAsync("the end of patience"));
        Assert.True(problem.MayHaveTakenEffect);
        Assert.Equal(TestClient.Key, problem.Key);
        handle.ThrowIfLost();

        // It did: the next call finds the version that the first one made.
        test.Grain.SetValue.Reply(Replies.Value(Leader.Text, 1, ValueStatus.Conflict), Replies.Value("b", 2));
        Assert.True(await handle.SetValueAsync(LockValue.OfText("b")));
        Assert.Equal([0L, 0L, 0L, 0L, 1L], test.Grain.SetValue.Calls.Select(request => request.IfVersion));
    }

    [Fact]
    public async Task SetValue_AnotherIsUnderWay_ThrowsAtOnce()
    {
        await using var handle = await _test.AcquireAsync();
        var reply = _test.Grain.SetValue.Hang();
        var first = handle.SetValueAsync(Leader).AsTask();
        await _test.Grain.SetValue.WhenCalledAsync();
        var problem = await Assert.ThrowsAsync<InvalidOperationException>(() => handle.SetValueAsync(LockValue.OfText("b")).AsTask());

        Assert.Contains("await it first", problem.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => handle.DowngradeAsync().AsTask());
        reply.SetResult(Replies.Value(Leader.Text, 1));
        Assert.True(await first.OrTimeoutAsync("the answer"));
        Assert.Single(_test.Grain.SetValue.Calls);

        _test.Grain.SetValue.Reply(Replies.Value("b", 2));
        Assert.True(await handle.SetValueAsync(LockValue.OfText("b")));
    }

    [Fact]
    public async Task SetValue_HeldShared_ThrowsBeforeACall()
    {
        _test.Grain.Acquire.Reply(Replies.Granted());
        await using var handle = await _test.Client.AcquireSharedAsync(TestClient.Key);
        await Assert.ThrowsAsync<InvalidOperationException>(() => handle.SetValueAsync(Leader).AsTask());

        Assert.Empty(_test.Grain.SetValue.Calls);
    }

    [Fact]
    public async Task SetValue_OutOfRange_ThrowsBeforeACall()
    {
        await using var handle = await _test.AcquireAsync();
        var large = await Assert.ThrowsAsync<ArgumentException>(() => handle.SetValueAsync(new LockValue { Bytes = [.. new byte[16_385]] }).AsTask());
        var brief = await Assert.ThrowsAsync<ArgumentException>(() => handle.SetValueAsync(LockValue.OfText("a", TimeSpan.Zero)).AsTask());
        var lasting = await Assert.ThrowsAsync<ArgumentException>(() => handle.SetValueAsync(LockValue.OfText("a", TimeSpan.FromDays(401))).AsTask());

        Assert.StartsWith("Value has 16385 bytes; it must have at most 16384.", large.Message, StringComparison.Ordinal);
        Assert.StartsWith("KeepFor is 0; it must be more than 0 and at most 400 days.", brief.Message, StringComparison.Ordinal);
        Assert.StartsWith("KeepFor is 401d;", lasting.Message, StringComparison.Ordinal);
        Assert.Empty(_test.Grain.SetValue.Calls);
    }

    [Fact]
    public async Task Acquire_SharedWithAValue_ThrowsBeforeACall()
    {
        var problem = await Assert.ThrowsAsync<ArgumentException>(
            () => _test.Client.AcquireSharedAsync(TestClient.Key, options: new AcquireOptions { Value = Leader }).AsTask());

        Assert.StartsWith("Mode is Shared; only an exclusive hold sets the value.", problem.Message, StringComparison.Ordinal);
        Assert.Empty(_test.Grain.Acquire.Calls);
    }

    [Fact]
    public async Task GetValue_Set_IsReadAndNobodyHasToHold()
    {
        _test.Grain.GetValue.Reply(Replies.Value(Leader.Text, 3), Replies.Value(null, 4));
        var value = await _test.Client.GetValueAsync(TestClient.Key);
        var cleared = await _test.Client.GetValueAsync(TestClient.Key);

        Assert.Equal((Leader.Text, 3L), (value.Value!.Text, value.Version));
        Assert.Null(cleared.Value);
    }
}
