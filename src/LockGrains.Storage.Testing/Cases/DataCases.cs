using LockGrains.Core;

namespace LockGrains.Storage.Testing.Cases;

/// <summary>Bytes come back as they went in.</summary>
internal static class DataCases
{
    private static readonly int[] Sizes =
        [0, 1, 2, 3, 7, 8, 15, 16, 255, 256, 257, 511, 1000, 1024, 4000, 4095, 4096, 4097, 8191, 8192, 16_384, 32_767, 32_768, 65_535, 65_536];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("binary-data", "0 to 65,536 bytes, of any value, come back as they were written.", BinaryAsync),
    ];

    private static async Task BinaryAsync(CaseRun run)
    {
        var connections = await run.ConnectAllAsync().ConfigureAwait(false);
        var key = run.NewKey("bytes");
        var store = connections[0].Open(LockSpace.Lock, key);
        string? etag = null;
        foreach (var (content, what) in Contents(run.Chance))
        {
            // The caller's memory, which it uses again at once.
            var memory = content.ToArray();
            etag = Check.IsWritten(
                await store.CompareAndSetAsync(RecordName.Lock, etag, memory, run.Cancellation).ConfigureAwait(false), $"The write of {what}");
            Array.Fill(memory, (byte)0x5A);
            Check.Holds(
                await connections[^1].Open(LockSpace.Lock, key).LoadAsync(RecordName.Lock, run.Cancellation).ConfigureAwait(false), content, etag, $"After the write of {what}");
        }
    }

    private static IEnumerable<(byte[] Content, string What)> Contents(Random chance)
    {
        foreach (var size in Sizes)
        {
            var bytes = new byte[size];
            chance.NextBytes(bytes);
            yield return (bytes, $"{size} random bytes");
        }

        yield return ([.. Enumerable.Range(0, 256).Select(value => (byte)value)], "every byte");
        yield return (new byte[1000], "1,000 zeros");
        yield return ([.. Enumerable.Repeat((byte)0xFF, 1000)], "1,000 times 255");
        yield return ("\0\r\n\t'\"\\\u001a"u8.ToArray(), "control characters");
        yield return ([0xC3, 0x28, 0xED, 0xA0, 0x80], "ill-formed text");
        yield return ("   trailing blanks   "u8.ToArray(), "blanks");
        yield return ([0xEF, 0xBB, 0xBF, 0x20], "a byte order mark");
    }
}
