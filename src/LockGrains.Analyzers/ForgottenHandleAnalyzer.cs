using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace LockGrains;

/// <summary>
/// Warns where nobody keeps the handle, or the group of handles, that an acquire gives. A handle that nothing refers to is not renewed, so
/// the lock ends while its owner still works. Quiet where it cannot know: a handle that is passed on, returned or stored is kept by somebody.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ForgottenHandleAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The rule's id.</summary>
    public const string Id = "LG0001";

    private static readonly ImmutableHashSet<string> Acquires = ImmutableHashSet.Create("AcquireAsync", "TryAcquireAsync", "AcquireAllAsync", "TryAcquireAllAsync");
    private static readonly ImmutableHashSet<string> Ends = ImmutableHashSet.Create("Dispose", "DisposeAsync", "ReleaseAsync");
    private static readonly ImmutableHashSet<string> Wrappers = ImmutableHashSet.Create("AsTask", "ConfigureAwait", "WaitAsync");

    private static readonly DiagnosticDescriptor Rule = new(
        Id,
        "The handle of a lock is thrown away",
        "Nobody keeps the handle of {0}, so the lock is not renewed and ends while this code still runs: write 'await using', or store the handle",
        "Reliability",
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "A handle that nothing refers to is not renewed. A local variable that is not read again is no reference in an optimized build.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rule);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName("LockGrains.ILockClient") is { } client)
                start.RegisterOperationAction(operation => Analyze(operation, client), OperationKind.Invocation);
        });
    }

    private static void Analyze(OperationAnalysisContext context, INamedTypeSymbol client)
    {
        var acquire = (IInvocationOperation)context.Operation;
        var method = acquire.TargetMethod;
        if ((IsAcquire(method, client) || IsReentry(method)) && IsForgotten(acquire))
            context.ReportDiagnostic(Diagnostic.Create(Rule, acquire.Syntax.GetLocation(), method.Name));
    }

    private static bool IsAcquire(IMethodSymbol method, INamedTypeSymbol client) =>
        Acquires.Contains(method.Name) && (IsClient(method.ContainingType, client) || IsExtensionOf(method, client));

    private static bool IsReentry(IMethodSymbol method) => method.Name == "Reenter" && IsHandle(method.ContainingType);

    private static bool IsClient(INamedTypeSymbol type, INamedTypeSymbol client) =>
        SymbolEqualityComparer.Default.Equals(type, client) || type.AllInterfaces.Contains(client, SymbolEqualityComparer.Default);

    private static bool IsExtensionOf(IMethodSymbol method, INamedTypeSymbol client) =>
        method.IsExtensionMethod && SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, client.ContainingAssembly);

    /// <summary>Whether this value, a handle or a task for one, is thrown away.</summary>
    private static bool IsForgotten(IOperation value)
    {
        while (IsTheSame(value))
            value = value.Parent!;
        return value.Parent switch
        {
            IExpressionStatementOperation => true,
            ISimpleAssignmentOperation { Target: IDiscardOperation } => true,
            ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local } } => IsHandle(local.Type) && IsForgotten(local, value),
            IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var local } declarator } =>
                IsHandle(local.Type) && !IsInUsing(declarator) && IsForgotten(local, value),
            IIsPatternOperation { Pattern: var pattern } => IsForgottenIn(pattern, value),
            IBinaryOperation => true,
            _ => IsReadAlone(value),
        };
    }

    /// <summary>Whether the value goes on as that of its parent.</summary>
    private static bool IsTheSame(IOperation value) => value.Parent switch
    {
        IAwaitOperation or IConversionOperation or IParenthesizedOperation => true,
        ICoalesceOperation coalesce => coalesce.Value == value,
        IInvocationOperation { TargetMethod.Name: var name } call => Wrappers.Contains(name) && call.Instance == value,
        _ => false,
    };

    private static bool IsForgottenIn(IPatternOperation pattern, IOperation value) => pattern switch
    {
        IDeclarationPatternOperation { DeclaredSymbol: ILocalSymbol local } => IsForgotten(local, value),
        IRecursivePatternOperation { DeclaredSymbol: ILocalSymbol local } => IsForgotten(local, value),
        INegatedPatternOperation { Pattern: var negated } => IsForgottenIn(negated, value),
        IConstantPatternOperation or ITypePatternOperation => true,
        IRecursivePatternOperation => true,
        _ => false,
    };

    /// <summary>Whether nothing in its function ends the local's handle or passes it on.</summary>
    private static bool IsForgotten(ILocalSymbol local, IOperation place)
    {
        var body = place;
        while (body.Parent is { } parent)
            body = parent;
        return body.Descendants().OfType<ILocalReferenceOperation>()
            .Where(reference => SymbolEqualityComparer.Default.Equals(reference.Local, local) && !IsTarget(reference))
            .All(IsReadAlone);
    }

    /// <summary>Whether this only looks at the handle: reads a property, calls what does not end it, or compares it with null.</summary>
    private static bool IsReadAlone(IOperation handle)
    {
        while (handle.Parent is IConversionOperation or IParenthesizedOperation)
            handle = handle.Parent;
        return handle.Parent switch
        {
            IPropertyReferenceOperation property => property.Instance == handle,
            IInvocationOperation call => call.Instance == handle && !Ends.Contains(call.TargetMethod.Name),
            IConditionalAccessOperation access => access.Operation == handle && !access.WhenNotNull.DescendantsAndSelf()
                .OfType<IInvocationOperation>().Any(call => Ends.Contains(call.TargetMethod.Name)),
            IIsPatternOperation { Pattern: IConstantPatternOperation or INegatedPatternOperation { Pattern: IConstantPatternOperation } } => true,
            IBinaryOperation => true,
            _ => false,
        };
    }

    private static bool IsTarget(IOperation reference) => reference.Parent is ISimpleAssignmentOperation assignment && assignment.Target == reference;

    private static bool IsHandle(ITypeSymbol type) => type is { Name: "LockHandle" or "LockGroup", ContainingNamespace.Name: "LockGrains" };

    private static bool IsInUsing(IOperation declarator)
    {
        for (var parent = declarator.Parent; parent is not null; parent = parent.Parent)
        {
            if (parent is IUsingDeclarationOperation or IUsingOperation)
                return true;
            if (parent is IBlockOperation)
                return false;
        }

        return false;
    }
}
