using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace Openlayer.Interception.Reflection;

/// <summary>The instructions of a method that refer to other members.</summary>
internal static class MethodCode
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Static | BindingFlags.Public)
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => code.Value & 0xFFFF);

    /// <summary>The members that a method calls, creates, reads or writes, in the order of its code. Empty if its code is not accessible.</summary>
    public static IReadOnlyList<(OpCode Code, MemberInfo Member)> References(MethodBase method)
    {
        var references = new List<(OpCode, MemberInfo)>();
        foreach (var (code, operand) in Instructions(method))
        {
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok
                && Resolve(method, operand) is { } member)
            {
                references.Add((code, member));
            }
        }

        return references;
    }

    /// <summary>Whether a getter only returns a field of its object, or of a struct in it.</summary>
    public static bool IsFieldRead(MethodInfo getter)
    {
        var fields = 0;
        foreach (var (code, _) in Instructions(getter))
        {
            if (code == OpCodes.Ldfld || code == OpCodes.Ldflda)
            {
                fields++;
            }
            else if (code != OpCodes.Ldarg_0 && code != OpCodes.Ret && code != OpCodes.Nop)
            {
                return false;
            }
        }

        return fields > 0;
    }

    private static IEnumerable<(OpCode Code, int Operand)> Instructions(MethodBase method)
    {
        var code = Body(method);
        var position = 0;
        while (position < code.Length)
        {
            var value = code[position++] is var first && first == 0xFE && position < code.Length ? 0xFE00 | code[position++] : first;
            if (!OpCodesByValue.TryGetValue(value, out var operation))
            {
                yield break;
            }

            var size = SizeOf(operation.OperandType, code, position);
            if (position + size > code.Length)
            {
                yield break;
            }

            yield return (operation, size == sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(position)) : 0);
            position += size;
        }
    }

    private static byte[] Body(MethodBase method)
    {
        try
        {
            return method.GetMethodBody()?.GetILAsByteArray() ?? [];
        }
        catch (Exception exception) when (exception is InvalidOperationException or NotSupportedException)
        {
            // Dynamic methods have no accessible code.
            return [];
        }
    }

    private static int SizeOf(OperandType operand, byte[] code, int position) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch when position + 4 <= code.Length =>
            4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(position))),
        _ => 4,
    };

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        try
        {
            return method.Module.ResolveMember(
                token,
                method.DeclaringType?.GetGenericArguments(),
                method.IsGenericMethod ? method.GetGenericArguments() : null);
        }
        catch (Exception)
        {
            // A type of a missing assembly.
            return null;
        }
    }
}
