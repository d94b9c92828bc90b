using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;

namespace LockGrains.Cli.Commands;

/// <summary><c>key new</c>: makes an access key for the HTTP API. It asks no silo: what it makes counts once it is in a silo's configuration.</summary>
internal static class KeyCommand
{
    public const string Name = "key";

    private const string DefaultName = "my-key";
    private const int NameLengthMax = 64;
    private const int RandomBytes = 32;

    // The silo's own names in its audit log.
    private static readonly string[] Reserved = ["operator", "anonymous"];

    /// <summary>The command and its options.</summary>
    public static Command Create(TextWriter output, TextWriter error)
    {
        var name = new Option<string>("--name") { DefaultValueFactory = _ => DefaultName };
        name.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !IsName(text))
                result.AddError($"--name: '{text}' is not 1 to {NameLengthMax} letters, digits, '.', '_' and '-', or is {string.Join(" or ", Reserved)}.");
        });
        var create = new Command("new") { name };
        create.SetAction(result => MakeNew(result.GetRequiredValue(name), output, error));
        return new Command(Name) { create };
    }

    /// <summary>Makes a key, and prints its secret, this once, and what a silo is to know of it.</summary>
    private static int MakeNew(string name, TextWriter output, TextWriter error)
    {
        var secret = $"lg_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes))}";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(secret)));
        output.WriteLine($$"""
            {{secret}}

            {
              "Name": "{{name}}",
              "Sha256": "{{hash}}",
              "Rules": [ { "Prefix": "{{name}}/", "Allow": [ "acquire", "read" ] } ]
            }
            """);
        error.WriteLine("lockgrains: the first line is the secret. It is shown this once: give it to whoever is to use it. The rest goes into LockGrains:Access:Keys of the silo.");
        return ExitCode.Success;
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= NameLengthMax
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-')
        && !Reserved.Contains(text, StringComparer.OrdinalIgnoreCase);
}
