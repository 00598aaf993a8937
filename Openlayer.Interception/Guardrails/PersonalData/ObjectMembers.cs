using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Converters;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>
/// The public members of a type that can hold text, and how an object of it is copied. A getter is called only where capture would call it.
/// </summary>
internal sealed class ObjectMembers
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    // How many methods a setter may call after each other before it is not followed any more.
    private const int MaxCalls = 4;

    // What an object of a model client was made from.
    private static readonly string[] Originals = ["RawRepresentation", "InnerContent"];

    private static readonly TypeCache<ObjectMembers> Cache = new(static type => new ObjectMembers(type));

    private static readonly TypeCache<bool> Textless = new(HasNoText);

    private static readonly MethodInfo CloneMethod = typeof(object).GetMethod("MemberwiseClone", Instance)!;

    private readonly Func<object, object?>? _copy;

    private ObjectMembers(Type type)
    {
        Members = [.. PropertiesOf(type), .. FieldsOf(type)];
        _copy = CopyOf(type);
    }

    /// <summary>The members: first those that can be set, and of these the strings last, because they can be computed from the others.</summary>
    public IReadOnlyList<Member> Members { get; }

    /// <summary>Whether objects can be copied: not those that own something.</summary>
    public bool CanCopy => _copy is not null;

    public static ObjectMembers Of(Type type) => Cache.Get(type);

    /// <summary>Whether values of a type have no text, or are not read.</summary>
    public static bool IsTextless(Type type) => Textless.Get(type);

    /// <summary>A copy whose members can be set.</summary>
    public object Copy(object value) => _copy!(value)!;

    private static IEnumerable<Member> PropertiesOf(Type type)
    {
        var isOverridden = UnreadTypes.IsLazyLoadingProxy(type);
        var members = new List<Member>();
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property.GetMethod is not { IsPublic: true }
                || property.PropertyType.IsByRef
                || property.GetIndexParameters().Length > 0
                || IsTextless(property.PropertyType)
                || !PropertyAccess.IsReadable(property))
            {
                continue;
            }

            var (get, placeholder) = PropertyAccess.Of(
                property,
                value => property.GetValue(value, BindingFlags.DoNotWrapExceptions, null, null, null),
                type,
                isOverridden);
            if (placeholder is null)
            {
                Action<object, object?>? set = property.SetMethod is { IsPublic: true } setter && SetsOnlyItsObject(setter, type, 0) ? property.SetValue : null;
                members.Add(new(property.Name, Array.IndexOf(Originals, property.Name) >= 0, property.PropertyType == typeof(string), get, set));
            }
        }

        return members.OrderBy(static member => member.Set is null).ThenBy(static member => member.IsText);
    }

    private static bool HasNoText(Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return (bare != typeof(Uri) && ImmutableScalar.IsType(bare))
            || bare.IsPointer
            || bare.IsByRefLike
            || bare == typeof(byte[])
            || bare.IsAssignableTo(typeof(Delegate))
            || bare.IsAssignableTo(typeof(MemberInfo))
            || UnreadTypes.PlaceholderFor(bare) is not null;
    }

    private static IEnumerable<Member> FieldsOf(Type type) =>
        from field in type.GetFields(BindingFlags.Instance | BindingFlags.Public)
        where !IsTextless(field.FieldType)
        select new Member(field.Name, IsOriginal: false, field.FieldType == typeof(string), field.GetValue, field.IsInitOnly ? null : field.SetValue);

    // A copy shares the objects that it refers to, so a setter that changes one of them would change the caller's.
    private static bool SetsOnlyItsObject(MethodBase setter, Type owner, int depth)
    {
        if (setter.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false))
        {
            return true;
        }

        var references = MethodCode.References(setter);
        return depth < MaxCalls
            && references.Count > 0
            && references.All(reference => reference.Member switch
            {
                FieldInfo field => reference.Code == OpCodes.Stsfld ? false : reference.Code != OpCodes.Stfld || IsOwn(field),
                ConstructorInfo or MethodBase { IsStatic: true } or MethodBase { DeclaringType.IsValueType: true } => true,
                MethodBase method => method.DeclaringType == typeof(string) || (IsOwn(method) && SetsOnlyItsObject(method, owner, depth + 1)),
                _ => true,
            });

        bool IsOwn(MemberInfo member) => member.DeclaringType is { } declaring && declaring.IsAssignableFrom(owner);
    }

    private static Func<object, object?>? CopyOf(Type type)
    {
        if (type.IsAssignableTo(typeof(IDisposable)) || type.IsAssignableTo(typeof(IAsyncDisposable)) || HasFinalizer(type))
        {
            return null;
        }

        // Records can have a copy constructor of their own.
        var clone = type.SelfAndBases()
            .Select(static declaring => declaring.GetMethod("<Clone>$", Instance | BindingFlags.DeclaredOnly, []))
            .FirstOrDefault(static found => found is not null) ?? CloneMethod;
        return value => clone.Invoke(value, null);
    }

    private static bool HasFinalizer(Type type) =>
        !type.IsValueType && type.GetMethod("Finalize", Instance, [])?.DeclaringType != typeof(object);

    /// <summary>A property or field.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="IsOriginal">Whether it is what the object was made from. It is not read, and a copy that is changed has none.</param>
    /// <param name="IsText">Whether it is a string.</param>
    /// <param name="Get">Reads it.</param>
    /// <param name="Set">Sets it. Null if that is not possible.</param>
    public sealed record Member(string Name, bool IsOriginal, bool IsText, Func<object, object?> Get, Action<object, object?>? Set);
}
