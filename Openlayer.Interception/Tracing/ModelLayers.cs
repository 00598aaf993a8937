namespace Openlayer.Interception.Tracing;

/// <summary>
/// Merges the steps of client layers: a request to a model is one step, regardless of the number of recognised clients it passes through.
/// So is a call of a tool, which can be the call of a traced service as well. Each layer opens a step, because its role is known only when it
/// has finished. A layer that passed on one request is merged with that request. A layer that made several requests (such as function
/// invocation) or did other work remains a step around them.
/// </summary>
internal static class ModelLayers
{
    /// <summary>Merges the layers of a complete trace. Iterative, because traces can be deep.</summary>
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

    /// <summary>Whether a trace has steps besides loops and the functions that they call.</summary>
    public static bool HasCall(OpenlayerTrace trace) =>
        ChildrenFirst(trace.Root).Exists(static step => step is not (ModelStep { IsLoop: true } or ToolStep { IsFunctionCall: true }));

    /// <summary>Returns the step that replaces <paramref name="step"/>, whose children have been merged.</summary>
    private static Step Merge(Step step, HashSet<Step> holdsRequest)
    {
        if (step is ToolStep { IsFunctionCall: true } tool && tool.Steps is [ToolStep { IsCall: true, IsFunctionCall: false } service])
        {
            // The function is a method of a traced service.
            tool.Name = service.Name;
            tool.FillValuesFrom(service);
            tool.SetChildren(service.Steps);
            return tool;
        }

        if (step is RetrieverStep { IsRequest: true } retrieval)
        {
            MergeRetrieval(retrieval);
            return step;
        }

        if (!IsRequest(step))
        {
            return step;
        }

        TakeResponses((ModelStep)step, holdsRequest);
        if (!holdsRequest.Remove(step))
        {
            // The layer responded without a request, as a cache does.
            return step is ModelStep { IsLayer: true, ClientCall: { } call } layerOnly ? WithoutRequest(layerOnly.AsUserCall(call)) : step;
        }

        var layer = (ModelStep)step;
        if (layer.Steps is [ModelStep { ClientCall: not null } only] && only.Type == layer.Type)
        {
            if (layer.IsLoop)
            {
                return only;
            }

            layer.FillFrom(only);
            layer.SetChildren(only.Steps);
            return layer;
        }

        var around = layer.IsLoop ? Loop(layer) : layer.AsUserCall(layer.ClientCall!);
        holdsRequest.Add(around);
        return around;
    }

    // What the layers did besides, such as an embedding of the query, stays below the request.
    private static void MergeRetrieval(RetrieverStep layer)
    {
        if (layer.Steps.OfType<RetrieverStep>().Where(static child => child.IsRequest).ToArray() is [var only])
        {
            layer.FillFrom(only);
            layer.SetChildren(layer.Steps.SelectMany(child => ReferenceEquals(child, only) ? child.Steps : [child]));
        }
    }

    /// <summary>Returns the step of a loop. It is named after its requests, starts with the first one's prompt and ends as the last one does.</summary>
    private static Step Loop(ModelStep loop)
    {
        var children = loop.Steps;
        var requests = children.OfType<ModelStep>().Where(IsRequest).ToArray();
        var around = loop.AsUserCall(requests is [var named, ..] ? named.ClientCall! : loop.ClientCall!);
        if (requests.Length > 0)
        {
            around.TakeValues(requests[0], requests[^1]);
        }

        if (children[^1].CapturedMetadata.FirstOrDefault(static entry => entry.Key == Step.Exceptions).Value is { } exceptions)
        {
            around.AddCapturedMetadata(Step.Exceptions, exceptions);
        }

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
