using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>Types whose values are secrets themselves, whatever their names are.</summary>
internal static class SecretTypes
{
    private static readonly Type[] Framework = [typeof(RSAParameters), typeof(DSAParameters), typeof(ECParameters), typeof(CookieContainer)];

    // Types of SDKs, which are not referenced. They end so in every SDK that has them.
    private static readonly string[] Endings =
    [
        "KeyCredential", "SasCredential", "TokenCredential", "SecretCredential", "PasswordCredential", "BasicAuthenticationCredential", "AWSCredentials", "ImmutableCredentials",
        "SigningCredentials", "SecurityKey", "JsonWebKey", "JwtSecurityToken", "JsonWebToken", "SecretBundle", "KeyVaultSecret", "AccessToken", "RefreshToken", "GoogleCredential",
    ];

    // Properties whose names do not say that they hold a secret.
    private static readonly (Type Type, string Property)[] Properties =
    [
        (typeof(AuthenticationHeaderValue), nameof(AuthenticationHeaderValue.Parameter)),
    ];

    // Cookies of the framework, of ASP.NET Core and of browsers, whose value is a secret under any name.
    private static readonly string[] Cookies = ["Cookie", "CookieHeaderValue", "CookieState", "CookieParam"];

    /// <summary>Whether values of a type are redacted.</summary>
    public static bool Contains(Type type) =>
        Array.Exists(Framework, type.IsAssignableTo)
        || type.SelfAndBases().Any(static candidate => Array.Exists(Endings, ending => candidate.Name.EndsWith(ending, StringComparison.Ordinal)));

    /// <summary>Whether the values of a property are redacted.</summary>
    public static bool HasSecret(Type type, string property) =>
        Array.Exists(Properties, secret => type.IsAssignableTo(secret.Type) && secret.Property == property)
        || (property is "Value" or "Values" && type.SelfAndBases().Any(static candidate => Array.Exists(Cookies, ending => candidate.Name.EndsWith(ending, StringComparison.Ordinal))));
}
