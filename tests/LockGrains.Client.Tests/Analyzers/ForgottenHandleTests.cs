using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace LockGrains.Client.Tests.Analyzers;

/// <summary>A handle that nobody keeps is named when the program is compiled.</summary>
public sealed class ForgottenHandleTests
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
    ];

    [Theory]
    [InlineData("await locks.AcquireAsync(\"k\"); await Work();")]
    [InlineData("locks.AcquireAsync(\"k\");")]
    [InlineData("_ = locks.AcquireAsync(\"k\");")]
    [InlineData("_ = await locks.TryAcquireAsync(\"k\").ConfigureAwait(false);")]
    [InlineData("await locks.AcquireAsync(\"k\").AsTask().WaitAsync(default(CancellationToken)); await Work();")]
    [InlineData("var handle = await locks.AcquireAsync(\"k\"); await Work();")]
    [InlineData("var handle = await locks.AcquireAsync(\"k\"); await Write(handle.FencingToken); await Work();")]
    [InlineData("var handle = await locks.AcquireAsync(\"k\"); handle.ThrowIfLost(); await Work();")]
    [InlineData("var handle = await locks.TryAcquireAsync(\"k\"); if (handle is null) return; await Work();")]
    [InlineData("var handle = await locks.TryAcquireAsync(\"k\"); if (handle == null) return; await Write(handle.FencingToken);")]
    [InlineData("var handle = await locks.TryAcquireAsync(\"k\"); await Write(handle?.FencingToken ?? 0);")]
    [InlineData("var handle = await locks.TryAcquireAsync(\"k\") ?? throw new TimeoutException(); await Work();")]
    [InlineData("LockHandle handle; handle = await locks.AcquireAsync(\"k\"); await Work();")]
    [InlineData("if (await locks.TryAcquireAsync(\"k\") is null) return; await Work();")]
    [InlineData("if (await locks.TryAcquireAsync(\"k\") != null) await Work();")]
    [InlineData("if (await locks.TryAcquireAsync(\"k\") is { } handle) await Write(handle.FencingToken);")]
    [InlineData("await Write((await locks.AcquireAsync(\"k\")).FencingToken);")]
    [InlineData("var client = LockClient.Create(null!); var handle = await client.AcquireAsync(\"k\");")]
    public async Task Handle_ThatNobodyKeeps_IsReported(string body)
    {
        var found = Assert.Single(await AnalyzeAsync(body));

        Assert.Equal(("LG0001", DiagnosticSeverity.Warning), (found.Id, found.Severity));
        Assert.Contains("await using", found.GetMessage(), StringComparison.Ordinal);
        Assert.Contains("AcquireAsync(\"k\")", found.Location.SourceTree!.GetText().ToString(found.Location.SourceSpan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("await locks.AcquireAllAsync([\"k\"]); await Work();")]
    [InlineData("var group = await locks.AcquireAllAsync([\"k\"]); await Write(group.TokenOf(\"k\")); await Work();")]
    [InlineData("_ = await locks.TryAcquireAllAsync([\"k\"]);")]
    [InlineData("var group = await locks.AcquireAllAsync(new List<string> { \"k\" }); await Work();")]
    [InlineData("if (await locks.TryAcquireAllAsync([\"k\"]) is { } group) await Write(group.TokenOf(\"k\"));")]
    [InlineData("await using var handle = await locks.AcquireAsync(\"k\"); handle.Reenter(); await Work();")]
    [InlineData("await using var handle = await locks.AcquireAsync(\"k\"); var other = handle.Reenter(); await Write(other.FencingToken);")]
    [InlineData("var handle = await locks.AcquireAsync(\"k\"); await using var other = handle.Reenter(); await Work();")]
    public async Task GroupOrReentry_ThatNobodyKeeps_IsReported(string body) => Assert.Equal("LG0001", Assert.Single(await AnalyzeAsync(body)).Id);

    [Theory]
    [InlineData("await using var group = await locks.AcquireAllAsync([\"k\"]); await Work();")]
    [InlineData("await using var group = await locks.TryAcquireAllAsync(new List<string> { \"k\" }); await Work();")]
    [InlineData("var group = await locks.AcquireAllAsync([\"k\"]); Keep(group);")]
    [InlineData("await using var handle = await locks.AcquireAsync(\"k\"); await using var other = handle.Reenter(); await Work();")]
    [InlineData("await using var handle = await locks.AcquireAsync(\"k\"); Keep(handle.Reenter());")]
    [InlineData("await locks.RunAsync(\"k\", (handle, stop) => Work());")]
    public async Task GroupOrReentry_ThatSomebodyMayKeep_IsNotReported(string body) => Assert.Empty(await AnalyzeAsync(body));

    [Theory]
    [InlineData("await using var handle = await locks.AcquireAsync(\"k\"); await Work();")]
    [InlineData("using var handle = await locks.AcquireAsync(\"k\"); await Work();")]
    [InlineData("await using (await locks.AcquireAsync(\"k\")) await Work();")]
    [InlineData("await using (var handle = await locks.AcquireAsync(\"k\")) await Work();")]
    [InlineData("await using var handle = await locks.TryAcquireAsync(\"k\"); if (handle is null) return; await Work();")]
    [InlineData("var handle = await locks.AcquireAsync(\"k\"); try { await Work(); } finally { await handle.DisposeAsync(); }")]
    [InlineData("var handle = await locks.AcquireAsync(\"k\"); await using (handle) await Work();")]
    [InlineData("var handle = await locks.AcquireAsync(\"k\"); await using var ended = handle.ConfigureAwait(false); await Work();")]
    [InlineData("var handle = await locks.TryAcquireAsync(\"k\"); if (handle is not null) await handle.ReleaseAsync();")]
    [InlineData("var handle = await locks.TryAcquireAsync(\"k\"); await Work(); handle?.Dispose();")]
    [InlineData("var handle = await locks.AcquireAsync(\"k\"); await Work(); GC.KeepAlive(handle);")]
    [InlineData("kept = await locks.AcquireAsync(\"k\");")]
    [InlineData("Keep(await locks.AcquireAsync(\"k\"));")]
    [InlineData("var handle = await locks.AcquireAsync(\"k\"); kept = handle;")]
    [InlineData("var handles = new List<LockHandle> { await locks.AcquireAsync(\"k\") };")]
    [InlineData("var handle = await locks.AcquireAsync(\"k\"); Action end = () => handle.Dispose(); Keep(end);")]
    [InlineData("var task = locks.AcquireAsync(\"k\").AsTask(); await using var handle = await task;")]
    [InlineData("Func<ValueTask<LockHandle>> acquire = () => locks.AcquireAsync(\"k\"); Keep(acquire);")]
    [InlineData("if (await locks.TryAcquireAsync(\"k\") is { } handle) await using (handle) await Work();")]
    [InlineData("await (await locks.AcquireAsync(\"k\")).DisposeAsync();")]
    [InlineData("switch (await locks.TryAcquireAsync(\"k\")) { case { } handle: await handle.DisposeAsync(); break; }")]
    [InlineData("await new Unrelated().AcquireAsync(\"k\");")]
    public async Task Handle_ThatSomebodyMayKeep_IsNotReported(string body) => Assert.Empty(await AnalyzeAsync(body));

    [Fact]
    public async Task Program_WithoutTheClient_IsNotLookedAt() =>
        Assert.Empty(await AnalyzeAsync("await new Unrelated().AcquireAsync(\"k\");", [.. References.Where(reference => !reference.Display!.Contains("LockGrains", StringComparison.Ordinal))], ""));

    private static Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string body) => AnalyzeAsync(
        body, References, "using LockGrains;\n", "private readonly ILockClient locks = null!; private LockHandle? kept;");

    private static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string body, ImmutableArray<MetadataReference> references, string usings, string fields = "")
    {
        var source = $$"""
            #nullable enable
            #pragma warning disable
            using System;
            using System.Collections.Generic;
            using System.Threading;
            using System.Threading.Tasks;
            {{usings}}
            public class Unrelated { public Task<string> AcquireAsync(string key) => Task.FromResult(key); }
            public class Program
            {
                {{fields}}
            #pragma warning restore LG0001
                public async Task RunAsync() { {{body}} }
                private static Task Work() => Task.CompletedTask;
                private static Task Write(long token) => Task.CompletedTask;
                private static void Keep(object value) { }
            }
            """;
        var compilation = CSharpCompilation.Create(
            "Program", [CSharpSyntaxTree.ParseText(source)], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return await compilation.WithAnalyzers([new ForgottenHandleAnalyzer()]).GetAnalyzerDiagnosticsAsync();
    }
}
