namespace LockGrains;

/// <summary>Sends what concerns several locks in one message.</summary>
internal static class HttpBeats
{
    // The most bytes of such a body, as the API allows.
    private const int BytesMax = 256 * 1024;

    /// <summary>Sends a heartbeat; in two messages where one would be too long, which takes very long keys.</summary>
    /// <exception cref="IOException">Nobody can say what came of any of it.</exception>
    public static async Task<HeartbeatReply> SendAsync(ApiCalls calls, Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        var body = new BeatJson(ToJson(heartbeat.Renewals), ToJson(heartbeat.Waits));
        var bytes = RequestText.ToBytes(body);
        if (bytes.Length > BytesMax) return await SendHalvesAsync(calls, heartbeat, cancellationToken).ConfigureAwait(false);

        var reply = await calls.CallAsync(new ApiRequest("/beat", _ => bytes), ReplyText.Default.BeatenJson, cancellationToken).ConfigureAwait(false);
        if (reply.Value is not { Renewals: { } renewals, Waits: { } waits }
            || !IsOf(renewals, body.Renewals) || !IsOf(waits, body.Waits))
        {
            throw new IOException(reply.Detail);
        }

        return new HeartbeatReply { Renewals = [.. renewals.Select(HoldReplies.ToRenew)], Waits = [.. waits.Select(HoldReplies.ToBeat)] };
    }

    private static async Task<HeartbeatReply> SendHalvesAsync(ApiCalls calls, Heartbeat heartbeat, CancellationToken cancellationToken)
    {
        var (renewals, waits) = (heartbeat.Renewals, heartbeat.Waits);
        var (half, halfOfWaits) = (renewals.Length / 2, waits.Length / 2);

        // One of each does not fill a message, so this comes to an end.
        var both = await Task.WhenAll(
            SendAsync(calls, heartbeat with { Renewals = renewals[..half], Waits = waits[..halfOfWaits] }, cancellationToken),
            SendAsync(calls, heartbeat with { Renewals = renewals[half..], Waits = waits[halfOfWaits..] }, cancellationToken)).ConfigureAwait(false);
        return new HeartbeatReply { Renewals = both[0].Renewals.AddRange(both[1].Renewals), Waits = both[0].Waits.AddRange(both[1].Waits) };
    }

    private static List<HoldJson> ToJson(IEnumerable<Beat> beats) => [.. beats.Select(static beat => new HoldJson(beat.Key, beat.LeaseId))];

    // A reply that is shifted by one would renew what was lost.
    private static bool IsOf(IReadOnlyList<ReplyJson> replies, IReadOnlyList<HoldJson> asked) =>
        replies.Count == asked.Count && replies.Zip(asked).All(static pair => pair.First.Key == pair.Second.Key);
}
