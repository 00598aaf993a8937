namespace Openlayer.Interception.Tracing;

/// <summary>
/// One request to a model is one step, however many layers of recognised clients it passes through. Each layer opens a step, because
/// only in the end it is known what came of it: a layer that passed on one request is that request, and a layer that made several
/// (function invocation) or did other work is the step around them.
/// </summary>
internal static class ModelLayers
{
    /// <summary>Merges the layers of a complete trace. Iterative: traces can be deep.</summary>
    public static void Merge(OpenlayerTrace trace)
    {
        var holdsRequest = new HashSet<Step>();
        foreach (var step in ChildrenFirst(trace.Root))
        {
            var children = step.Steps;
            var merged = children.Select(child => Merge(child, holdsRequest)).ToArray();
            if (!merged.SequenceEqual(children))
            {
                step.SetChildren(merged);
            }

            if (merged.Any(child => IsRequest(child) || holdsRequest.Contains(child)))
            {
                holdsRequest.Add(step);
            }
        }

        trace.Root = Merge(trace.Root, holdsRequest);
    }

    /// <summary>A step whose children are merged already, as what it turned out to be.</summary>
    private static Step Merge(Step step, HashSet<Step> holdsRequest)
    {
        if (!IsRequest(step))
        {
            return step;
        }

        TakeResponses((ModelStep)step, holdsRequest);
        if (!holdsRequest.Remove(step))
        {
            // Nothing was asked of the client below: the answer came from the layer itself, a cache for one.
            return step is ModelStep { IsLayer: true, ClientCall: { } call } silent ? WithoutRequest(silent.AsUserCall(call)) : step;
        }

        var layer = (ModelStep)step;
        if (layer.Steps is [ModelStep { ClientCall: not null } only] && only.Type == layer.Type)
        {
            layer.FillFrom(only);
            layer.SetChildren(only.Steps);
            return layer;
        }

        var around = layer.AsUserCall(layer.ClientCall!);
        holdsRequest.Add(around);
        return around;
    }

    private static void TakeResponses(ModelStep request, HashSet<Step> holdsRequest)
    {
        var children = request.Steps;
        if (!children.Any(static child => child is ModelStep { IsResponseOnly: true }))
        {
            return;
        }

        foreach (var response in children.OfType<ModelStep>().Where(static child => child.IsResponseOnly))
        {
            request.FillFrom(response);
        }

        request.SetChildren(children.Where(static child => child is not ModelStep { IsResponseOnly: true }));
        if (!request.Steps.Any(child => IsRequest(child) || holdsRequest.Contains(child)))
        {
            holdsRequest.Remove(request);
        }
    }

    private static Step WithoutRequest(Step step)
    {
        step.Metadata["modelRequests"] = 0;
        return step;
    }

    private static bool IsRequest(Step step) => step is ModelStep { ClientCall: not null };

    private static List<Step> ChildrenFirst(Step root)
    {
        var steps = new List<Step> { root };
        for (var index = 0; index < steps.Count; index++)
        {
            steps.AddRange(steps[index].Steps);
        }

        steps.Reverse();
        return steps;
    }
}
