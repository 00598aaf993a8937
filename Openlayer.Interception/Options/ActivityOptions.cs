using System.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception;

/// <summary>
/// Which spans of other libraries become steps: tools, agents, requests to models that no proxy records, database calls. They become steps under
/// the current one; a span outside any trace does not start one.
/// </summary>
public sealed class ActivityOptions
{
    /// <summary>
    /// The names of the activity sources. A star at the end stands for any rest. Clear the list to leave spans out. Default: the sources of
    /// libraries for generative AI, which docs/opentelemetry.md lists.
    /// </summary>
    [Must("not contain null", nameof(HasNoNullSource))]
    public IList<string> Sources { get; } =
    [
        "Experimental.Microsoft.Extensions.AI*",
        "Experimental.Microsoft.Agents.AI*",
        "Microsoft.SemanticKernel*",
        "Experimental.ModelContextProtocol*",
        "OpenAI.*",
        "Azure.AI.*",
    ];

    /// <summary>
    /// Selects sources in addition to <see cref="Sources"/>. Called once for each source of the process, on the thread that creates it. An
    /// exception is logged, and the source is not selected. Default: null.
    /// </summary>
    public Func<ActivitySource, bool>? Select { get; set; }

    private bool HasNoNullSource => Sources.All(static source => source is not null);
}
