using System.Text;

namespace LockGrains.Tidy.Tests;

/// <summary>A scanner that knows just enough C# to leave out what is not code, and to find functions by their braces.</summary>
internal static class CodeText
{
    /// <summary>The text with comments and the content of strings and character literals blanked out; line breaks stay.</summary>
    public static string Strip(string text)
    {
        var code = new StringBuilder(text.Length);
        for (var index = 0; index < text.Length;)
        {
            var end = EndOfQuotation(text, index);
            if (end == index)
            {
                code.Append(text[index++]);
                continue;
            }

            for (; index < end; index++)
                code.Append(text[index] == '\n' ? '\n' : ' ');
        }

        return code.ToString();
    }

    /// <summary>The functions of a file: the line where each block that is no type or namespace begins, at the outermost level, and its length.</summary>
    public static IEnumerable<(int Line, int Length)> Functions(IReadOnlyList<string> lines)
    {
        var opened = new Stack<(int Line, bool IsFunction)>();
        var head = new StringBuilder();
        for (var line = 0; line < lines.Count; line++)
        {
            foreach (var character in lines[line])
            {
                if (character == '{')
                {
                    opened.Push((line, !IsContainer(head.ToString()) && !opened.Any(block => block.IsFunction)));
                    head.Clear();
                }
                else if (character == '}' && opened.TryPop(out var block))
                {
                    head.Clear();
                    if (block.IsFunction)
                        yield return (block.Line + 1, line - block.Line + 1);
                }
                else if (character == ';')
                {
                    head.Clear();
                }
                else
                {
                    head.Append(character);
                }
            }

            head.Append(' ');
        }
    }

    private static bool IsContainer(string head)
    {
        var words = head.Split([' ', '\t', '(', '<', ':'], StringSplitOptions.RemoveEmptyEntries);
        return words.Any(word => word is "class" or "struct" or "record" or "interface" or "enum" or "namespace") && !head.Contains("=>", StringComparison.Ordinal);
    }

    /// <summary>Where the comment or literal that begins here ends; here, when none does.</summary>
    private static int EndOfQuotation(string text, int start)
    {
        var rest = text.AsSpan(start);
        if (rest.StartsWith("//"))
            return start + LengthTo(rest, "\n", after: 2, includes: false);
        if (rest.StartsWith("/*"))
            return start + LengthTo(rest, "*/", after: 2, includes: true);
        if (rest.StartsWith("\"\"\""))
            return start + LengthTo(rest, "\"\"\"", after: 3, includes: true);
        if (rest.StartsWith("@\"") || rest.StartsWith("$@\""))
            return start + LengthTo(rest, "\"", after: rest.IndexOf('"') + 1, includes: true);
        return rest[0] is '"' or '\'' ? EndOfLiteral(text, start) : start;
    }

    private static int EndOfLiteral(string text, int start)
    {
        for (var index = start + 1; index < text.Length && text[index] != '\n'; index++)
        {
            if (text[index] == '\\')
                index++;
            else if (text[index] == text[start])
                return index + 1;
        }

        // No end on this line: an apostrophe in a preprocessor message, say.
        return start;
    }

    private static int LengthTo(ReadOnlySpan<char> rest, string end, int after, bool includes)
    {
        var found = rest[after..].IndexOf(end);
        return found < 0 ? rest.Length : after + found + (includes ? end.Length : 0);
    }
}
