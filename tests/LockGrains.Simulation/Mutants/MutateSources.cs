using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Writes a copy of Core's sources in which each place named in Mutations.txt also has its mutated form, behind a switch. Run by the
/// build. A place that is not found exactly once fails the build: a protection that was moved must not lose its mutant unnoticed.
/// </summary>
public class MutateSources : Task
{
    public string SourceFolder { get; set; }

    public ITaskItem[] Sources { get; set; }

    public string Mutations { get; set; }

    public string OutputFolder { get; set; }

    public override bool Execute()
    {
        var files = new Dictionary<string, string>();
        foreach (var source in Sources)
        {
            var path = source.GetMetadata("FullPath");
            files.Add(path.Substring(SourceFolder.Length).Replace('\\', '/'), File.ReadAllText(path).Replace("\r\n", "\n"));
        }

        Apply(File.ReadAllText(Mutations).Replace("\r\n", "\n"), files);
        if (Directory.Exists(OutputFolder))
            Directory.Delete(OutputFolder, true);
        foreach (var file in files)
            Write(file.Key, file.Value);
        Write("Mutant.cs", "namespace LockGrains.Core;\n\npublic static class Mutant\n{\n    [System.ThreadStatic]\n    public static int Active;\n}\n");
        return !Log.HasLoggedErrors;
    }

    private void Apply(string mutations, Dictionary<string, string> files)
    {
        var number = 0;
        string file = null;
        foreach (var section in mutations.Split(new[] { "\n@" }, StringSplitOptions.None))
        {
            var end = section.IndexOf('\n');
            var head = end < 0 ? section : section.Substring(0, end);
            var body = end < 0 ? "" : section.Substring(end + 1).TrimEnd('\n');
            if (head.StartsWith("mutant "))
                number++;
            else if (head.StartsWith("in "))
                file = head.Substring(3).Trim();
            if (head.StartsWith("in "))
                Replace(files, file, body, number);
        }
    }

    private void Replace(Dictionary<string, string> files, string file, string body, int number)
    {
        var parts = body.Split(new[] { "\n--->\n" }, StringSplitOptions.None);
        string text;
        if (parts.Length != 2 || !files.TryGetValue(file, out text))
        {
            Log.LogError("Mutations.txt: mutant {0} names the file '{1}', which is not there, or lacks its '--->'.", number, file);
            return;
        }

        var at = text.IndexOf(parts[0], StringComparison.Ordinal);
        if (at < 0 || text.IndexOf(parts[0], at + 1, StringComparison.Ordinal) >= 0)
        {
            Log.LogError("Mutations.txt: mutant {0}: this is not exactly once in {1}:\n{2}", number, file, parts[0]);
            return;
        }

        var with = parts[1].Replace("MUTANT", "(Mutant.Active == " + number + ")");
        files[file] = text.Substring(0, at) + with + text.Substring(at + parts[0].Length);
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(OutputFolder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path));
        File.WriteAllText(path, text, new UTF8Encoding(false));
    }
}
