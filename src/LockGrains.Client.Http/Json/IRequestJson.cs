using System.Text.Json;

namespace LockGrains;

/// <summary>A body that is sent.</summary>
internal interface IRequestJson
{
    /// <summary>Writes its members. What has no value is left out, but where null says something.</summary>
    void Write(Utf8JsonWriter writer);
}
