using System.Diagnostics;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tracing;

/// <summary>What few steps have.</summary>
internal sealed class StepExtras
{
    /// <summary>The captured ground truth.</summary>
    public object? GroundTruth { get; set; }

    /// <summary>The id of a step that is recorded from data, if it was given.</summary>
    public string? RecordedId { get; set; }

    /// <summary>The start and the end of a step that is recorded from data.</summary>
    public (DateTimeOffset Start, DateTimeOffset End)? Times { get; set; }

    /// <summary>The captured attachments, in the order in which they were attached. Replaced with each one.</summary>
    public (Attachment Attachment, CapturedJson Captured)[] Attachments { get; set; } = [];

    /// <summary>The span that stands for the step.</summary>
    public Activity? Span { get; set; }

    /// <summary>The class of the exception that the step failed with.</summary>
    public string? FailureType { get; set; }
}
