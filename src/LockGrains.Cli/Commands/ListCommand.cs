using System.Collections.Immutable;
using System.Globalization;

namespace LockGrains.Cli.Commands;

/// <summary><c>list</c>: the locks that are held or waited for, on all silos.</summary>
internal static class ListCommand
{
    public static async Task<int> RunAsync(string prefix, LockListState state, int? limit, bool json, CommandContext context, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(cancellationToken);
        var options = new LockListOptions { State = state, PageSize = limit < LockListRequest.LimitMax ? limit.Value : LockListRequest.LimitMax };
        return await ShowAsync(connection.Client.ListAsync(prefix, options, cancellationToken), limit, json, context);
    }

    /// <summary>Shows pages, at most so many locks of them. As JSON page by page; a table only when its widths are known.</summary>
    internal static async Task<int> ShowAsync(IAsyncEnumerable<LockListPage> pages, int? limit, bool json, CommandContext context)
    {
        var left = limit ?? int.MaxValue;
        var locks = new List<LockSummary>();
        ImmutableArray<string> missing = [];
        await foreach (var page in pages)
        {
            missing = page.SilosMissing;
            var shown = page.Locks.Take(left);
            if (json)
                context.Out.Write(string.Concat(shown.Select(ListText.ToJson)));
            else
                locks.AddRange(shown);
            var isCut = page.Locks.Length > left || (page.Locks.Length == left && page.Next is not null);
            left -= Math.Min(left, page.Locks.Length);
            if (isCut)
                context.Tell(string.Create(CultureInfo.InvariantCulture, $"there are more than {limit}"));
            if (left == 0)
                break;
        }

        if (!json)
            context.Out.Write(ListText.ToTable(locks));
        if (missing.IsEmpty)
            return ExitCode.Success;
        context.Tell($"{ListText.DescribeMissing(missing)}: the locks there are not listed");
        return ExitCode.Unavailable;
    }
}
