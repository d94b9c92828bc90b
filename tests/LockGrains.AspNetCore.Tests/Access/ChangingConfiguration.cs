using System.Text;
using Microsoft.Extensions.Configuration;

namespace LockGrains.AspNetCore.Tests.Access;

/// <summary>A source of the configuration whose JSON a test replaces, as an editor does with a file.</summary>
internal sealed class ChangingConfiguration : ConfigurationProvider, IConfigurationSource
{
    public ChangingConfiguration(string json) => Data = Parse(json);

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>Replaces it, and tells everybody.</summary>
    public void Change(string json)
    {
        Data = Parse(json);
        OnReload();
    }

    private static Dictionary<string, string?> Parse(string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return new ConfigurationBuilder().AddJsonStream(stream).Build().AsEnumerable()
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
    }
}
