namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>What the tests take for the name of a metric.</summary>
public sealed class PromQlTests
{
    [Theory]
    [InlineData("up", "up")]
    [InlineData("sum by (reason) (increase(a_total{reason=\"defect\"}[10m])) > 0", "a_total")]
    [InlineData("sum(a{x=~\"b.*\"}) / on (instance) group_left (y) c_seconds_sum unless d offset 10m", "a", "c_seconds_sum", "d")]
    [InlineData("histogram_quantile(0.99, sum by (le) (rate(a_bucket[5m]))) > 1e3 and on () vector(1)", "a_bucket")]
    [InlineData("label_replace(a, \"x\", \"$1\", \"y\", \"(.*)\")", "a")]
    [InlineData("rate( misspelt_name [5m] )", "misspelt_name")]
    public void Metrics_OfAnExpression_AreItsNames(string expression, params string[] names) => Assert.Equal(names, PromQl.MetricsOf(expression));
}
