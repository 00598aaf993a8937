using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Reflection;

/// <summary>What the library requires of the way an application is published.</summary>
internal static class DynamicCode
{
    /// <summary>Why native AOT is not supported.</summary>
    public const string IsRequired =
        "Openlayer.Interception generates proxies at run time, which native AOT does not support. Publish without PublishAot.";

    /// <summary>Why full trimming is not supported.</summary>
    public const string UntrimmedIsRequired =
        "Openlayer.Interception reads services, requests and responses by reflection, and full trimming removes members that it reads. Publish " +
        "with TrimMode=partial, or without PublishTrimmed.";

    /// <exception cref="PlatformNotSupportedException">The application cannot generate code at run time.</exception>
    public static void Require()
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            throw new PlatformNotSupportedException(IsRequired);
        }
    }
}
