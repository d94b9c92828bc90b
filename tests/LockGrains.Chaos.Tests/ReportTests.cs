namespace LockGrains.Chaos.Tests;

/// <summary>The pages of docs are what the program writes: their figures are of the last long run, their texts are the program's.</summary>
public sealed class ReportTests
{
    private const string Faults = "## The faults";

    [Theory]
    [InlineData("redis", "CHAOS.md")]
    [InlineData("postgres", "CHAOS-POSTGRES.md")]
    public async Task Page_InDocs_HasTheTextsOfTheProgram(string storage, string page)
    {
        var folder = Directory.CreateTempSubdirectory("lockgrains-report").FullName;
        try
        {
            var options = ChaosOptions.Parse(["--storage", storage, "--out", folder])!;
            await using var cluster = new ChaosCluster(options);
            await new Report(options, new ChaosRun(cluster, TextWriter.Null)).WriteAsync(TextWriter.Null);

            var texts = Texts(Path.Combine(folder, page)).ToList();
            Assert.Contains(Faults, texts);
            Assert.True(texts.Count > 40, $"Only {texts.Count} texts were found in {page}.");
            Assert.Equal(texts, Texts(Path.Combine(Repository.Root, "docs", page)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // All lines of the list of faults; before it those without figures of a run, which are in its rows and in lines with digits.
    private static IEnumerable<string> Texts(string file)
    {
        var isFault = false;
        foreach (var line in File.ReadLines(file))
        {
            isFault |= line == Faults;
            if (line.Length > 0 && (isFault || (!line.StartsWith("| ", StringComparison.Ordinal) && !line.Any(char.IsDigit))))
                yield return line;
        }
    }
}
