using System.Globalization;
using System.Text.Json;
using LockGrains.AspNetCore.Replies;

namespace LockGrains.AspNetCore.Requests;

/// <summary>
/// The members of a request, read strictly: a misspelt <c>waitSecond</c> must not mean "no wait", and a missing <c>leaseId</c> not an empty one.
/// Whatever is wrong names the member. Values are not repeated, since one may be a <c>leaseId</c> in the wrong place.
/// </summary>
/// <param name="element">The object.</param>
/// <param name="path">What goes before the names of its members: empty, or <c>value.</c>.</param>
internal sealed class JsonBody(JsonElement element, string path = "")
{
    /// <summary>The longest time that a request may name: three years, so that no sum overflows. What a time means has bounds of its own.</summary>
    private const double SecondsMax = 100_000_000;

    private const int NameMax = 64;

    private const int UuidLength = 36;

    private readonly List<string> _names = [];

    /// <summary>The key, which keeps its rules.</summary>
    public string Key()
    {
        var key = Text("key");
        return LockKey.FindProblem(key) is { } problem ? throw Invalid("key", problem) : key;
    }

    /// <summary>The proof of ownership: a UUID that is not zero. .NET would read one with white space around it, too.</summary>
    public Guid LeaseId() => Text("leaseId") is { Length: UuidLength } text && Guid.TryParseExact(text, "D", out var leaseId) && leaseId != Guid.Empty
        ? leaseId
        : throw Invalid("leaseId", "leaseId must be a random UUID such as uuidgen makes, in the form 8-4-4-4-12, and not zero.");

    /// <summary>A session's id, which keeps the rules of a key.</summary>
    public string Session()
    {
        var id = Text("session");
        return LockKey.FindProblem(id) is null ? id : throw Invalid("session", "session must be the id of a session, as it was opened.");
    }

    /// <summary>
    /// The id of a session that is to be opened: a UUID, so that nobody opens one under a name that another might choose. It is written in one way only,
    /// because two ways would name two sessions.
    /// </summary>
    public string NewSession()
    {
        var text = Text("session");
        return Guid.TryParseExact(text, "D", out var id) && id != Guid.Empty && text == id.ToString()
            ? text
            : throw Invalid("session", "session must be a random UUID such as uuidgen makes, in lower case, and not zero.");
    }

    /// <summary>A text that must be there.</summary>
    public string Text(string name) => AsText(Require(name), name);

    /// <summary>A text that may be left out, or null.</summary>
    public string? TextOrNull(string name) => Find(name) is { ValueKind: not JsonValueKind.Null } member ? AsText(member, name) : null;

    /// <summary>A time in seconds.</summary>
    public TimeSpan Seconds(string name, TimeSpan absent) => Find(name) is { } member ? AsSeconds(member, name) : absent;

    /// <summary>A time in seconds that may be left out, or null; both are none.</summary>
    public TimeSpan? SecondsOrNull(string name) => Find(name) is { ValueKind: not JsonValueKind.Null } member ? AsSeconds(member, name) : null;

    /// <summary>A time in seconds, or null for ever.</summary>
    public TimeSpan SecondsOrForEver(string name, TimeSpan absent) => Find(name) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.Null } => Timeout.InfiniteTimeSpan,
        { } member => AsSeconds(member, name),
    };

    /// <summary>A time in seconds with bounds that are those of this API.</summary>
    public TimeSpan SecondsWithin(string name, TimeSpan absent, TimeSpan max)
    {
        var time = Seconds(name, absent);
        return time <= max ? time : throw Invalid(name, string.Create(CultureInfo.InvariantCulture, $"{path}{name} is {time.TotalSeconds}; it must be 0 to {max.TotalSeconds}."));
    }

    /// <summary>A whole number that must be there.</summary>
    public int Whole(string name) => AsWhole(Require(name), name);

    /// <summary>A whole number.</summary>
    public int Whole(string name, int absent) => Find(name) is { } member ? AsWhole(member, name) : absent;

    /// <summary>A whole number that may be left out, or null.</summary>
    public int? WholeOrNull(string name) => Find(name) is { ValueKind: not JsonValueKind.Null } member ? AsWhole(member, name) : null;

    /// <summary>A whole number that must be there, or null.</summary>
    public int? RequireWholeOrNull(string name) => Require(name) is { ValueKind: not JsonValueKind.Null } member ? AsWhole(member, name) : null;

    /// <summary>A long whole number that must be there.</summary>
    public long Long(string name) => Require(name) is var member && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out var value)
        ? value
        : throw Invalid(name, $"{path}{name} must be a whole number.");

    /// <summary>A long whole number.</summary>
    public long Long(string name, long absent) => Find(name) is not { } member ? absent
        : member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out var value) ? value
        : throw Invalid(name, $"{path}{name} must be a whole number.");

    /// <summary>A yes or no.</summary>
    public bool Flag(string name, bool absent) => Find(name) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Invalid(name, $"{path}{name} must be true or false."),
    };

    /// <summary>What the hold shares the lock with.</summary>
    public LockMode Mode(string name, LockMode absent) => Find(name) is not { } member ? absent : AsText(member, name) switch
    {
        "exclusive" => LockMode.Exclusive,
        "shared" => LockMode.Shared,
        "upgradeable" => LockMode.Upgradeable,
        _ => throw Invalid(name, $"{path}{name} must be exclusive, shared or upgradeable."),
    };

    /// <summary>A value: an object with <c>text</c> or <c>base64</c>. Null, or left out, is none.</summary>
    public LockValue? Value(string name) => Find(name) is { ValueKind: not JsonValueKind.Null } member ? AsValue(member, name) : null;

    /// <summary>A value that must be there, or null.</summary>
    public LockValue? RequireValue(string name) => Require(name) is { ValueKind: not JsonValueKind.Null } member ? AsValue(member, name) : null;

    /// <summary>A list of objects; left out, it is empty.</summary>
    public IReadOnlyList<JsonBody> Items(string name)
    {
        if (Find(name) is not { } member)
            return [];
        if (member.ValueKind != JsonValueKind.Array)
            throw Invalid(name, $"{path}{name} must be a list.");
        return [.. member.EnumerateArray().Select((item, index) => AsObject(item, string.Create(CultureInfo.InvariantCulture, $"{path}{name}[{index}]")))];
    }

    /// <summary>All that is read has been read: whatever else is there is a mistake.</summary>
    public void End()
    {
        foreach (var member in element.EnumerateObject())
        {
            if (!_names.Exists(member.NameEquals))
                throw new ProblemException(UnknownMember(Shorten(NameOf(member))));
        }
    }

    /// <summary>An object, or the problem that it is none.</summary>
    /// <param name="element">What should be one.</param>
    /// <param name="name">Its name with its path; empty for the whole body.</param>
    public static JsonBody AsObject(JsonElement element, string name = "") => element.ValueKind == JsonValueKind.Object
        ? new JsonBody(element, name.Length == 0 ? "" : $"{name}.")
        : throw Problem.InvalidMember(name.Length == 0 ? "body" : name, $"{(name.Length == 0 ? "The body" : name)} must be a JSON object.");

    private ProblemJson UnknownMember(string name) =>
        Problem.Invalid.With($"There is no member {path}{name}; there are {string.Join(", ", _names)}.") with { Member = $"{path}{name}", Allowed = _names };

    private LockValue AsValue(JsonElement member, string name)
    {
        var value = AsObject(member, $"{path}{name}");
        var text = value.TextOrNull("text");
        var bytes = value.Find("base64") is not { ValueKind: not JsonValueKind.Null } base64 ? null
            : base64.ValueKind == JsonValueKind.String && base64.TryGetBytesFromBase64(out var decoded) ? decoded
            : throw value.Invalid("base64", $"{path}{name}.base64 must be bytes in base64.");
        var keepFor = value.SecondsOrNull("keepForSeconds");
        value.End();
        if ((text is null) == (bytes is null))
            throw Invalid(name, $"{path}{name} must have text or base64, and not both.");
        return text is not null ? LockValue.OfText(text, keepFor) : new LockValue { Bytes = [.. bytes!], KeepFor = keepFor };
    }

    private JsonElement? Find(string name)
    {
        _names.Add(name);
        return element.TryGetProperty(name, out var member) ? member : null;
    }

    private JsonElement Require(string name) => Find(name) ?? throw Invalid(name, $"{path}{name} is missing.");

    private string AsText(JsonElement member, string name)
    {
        if (member.ValueKind != JsonValueKind.String)
            throw Invalid(name, $"{path}{name} must be a text.");
        try
        {
            return member.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Invalid(name, $"{path}{name} is not well-formed Unicode.");
        }
    }

    private TimeSpan AsSeconds(JsonElement member, string name) =>
        member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out var seconds) && seconds is >= 0 and <= SecondsMax
            ? TimeSpan.FromSeconds(seconds)
            : throw Invalid(name, string.Create(CultureInfo.InvariantCulture, $"{path}{name} must be a number of seconds, 0 to {SecondsMax:0}."));

    private int AsWhole(JsonElement member, string name) => member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out var value)
        ? value
        : throw Invalid(name, $"{path}{name} must be a whole number.");

    private ProblemException Invalid(string name, string detail) => Problem.InvalidMember($"{path}{name}", detail);

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "(not well-formed)";
        }
    }

    private static string Shorten(string name) => name.Length <= NameMax ? name : $"{name[..NameMax]}…";
}
