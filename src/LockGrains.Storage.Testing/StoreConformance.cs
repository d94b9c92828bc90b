using LockGrains.Storage.Testing.Cases;

namespace LockGrains.Storage.Testing;

/// <summary>
/// The conformance kit: whether locks are safe on a storage. Run it in a test of your own, with every hook of <see cref="StoreUnderTest"/>
/// that your storage has a meaning for.
/// </summary>
/// <example><code>
/// var kit = new StoreConformance(new StoreUnderTest { ConnectAsync = async ct => await MyStores.OpenAsync(connection, ct) });
/// (await kit.RunAllAsync()).ThrowIfFailed();
/// </code></example>
public sealed class StoreConformance
{
    private readonly StoreUnderTest _store;
    private readonly ConformanceOptions _options;

    /// <summary>Makes a kit for a storage.</summary>
    /// <param name="store">The storage.</param>
    /// <param name="options">How hard to try; the defaults when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public StoreConformance(StoreUnderTest store, ConformanceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        _options = options ?? new ConformanceOptions();
        _options.Validate();
    }

    /// <summary>All cases.</summary>
    public static IReadOnlyList<ConformanceCase> Cases { get; } =
    [
        .. WriteCases.All, .. ETagCases.All, .. DeleteCases.All, .. NameCases.All, .. DataCases.All, .. UnknownCases.All, .. ListingCases.All,
        .. CrashCases.All, .. HistoryCases.All,
    ];

    /// <summary>Runs one case.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="ArgumentException">There is no such case.</exception>
    public async Task<ConformanceResult> RunAsync(string name, CancellationToken cancellationToken = default)
    {
        var found = Cases.FirstOrDefault(one => one.Name == name)
            ?? throw new ArgumentException($"There is no case '{name}'; there are {string.Join(", ", Cases.Select(one => one.Name))}.", nameof(name));
        await using var run = new CaseRun(_store, _options, found.Name, cancellationToken);
        Task? running = null;
        try
        {
            running = found.RunAsync(run);
            await running.WaitAsync(_options.CaseTimeout, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            return new ConformanceResult(name, ConformanceOutcome.Passed, "");
        }
        catch (CaseSkippedException skipped)
        {
            return new ConformanceResult(name, ConformanceOutcome.Skipped, skipped.Message);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var hasEnded = running is null or { IsCompleted: true };
            return new ConformanceResult(name, ConformanceOutcome.Failed, $"{Describe(exception, hasEnded)} ({run.ReplayHint})");
        }
    }

    /// <summary>Runs all cases, one after the other.</summary>
    /// <param name="cancellationToken">Ends the run.</param>
    public async Task<ConformanceReport> RunAllAsync(CancellationToken cancellationToken = default)
    {
        var results = new List<ConformanceResult>();
        foreach (var one in Cases)
            results.Add(await RunAsync(one.Name, cancellationToken).ConfigureAwait(false));
        return new ConformanceReport(results);
    }

    // A client of a storage throws TimeoutException as well: that is not the case's own time.
    private string Describe(Exception exception, bool hasEnded) => exception switch
    {
        CaseFailedException => exception.Message,
        TimeoutException when !hasEnded => $"The case did not end within {_options.CaseTimeout}.",
        _ => $"An operation threw {exception.GetType().Name} ({exception.Message}) though nothing was wrong with the storage.",
    };
}
