using System.Globalization;
using BenchmarkDotNet.Reports;
using Openlayer.Interception.Benchmarks.Processes;
using static Openlayer.Interception.Benchmarks.Target;

namespace Openlayer.Interception.Benchmarks;

/// <summary>The library's performance targets and the figures of a run, as a Markdown table.</summary>
/// <param name="summaries">The benchmarks that ran.</param>
/// <param name="processes">The figures of processes. Null if none ran.</param>
internal sealed class TargetTable(IEnumerable<Summary> summaries, ProcessFigures? processes)
{
    private const int Items = StreamBenchmarks.Items;

    private static readonly string[] Completed = [nameof(CallBenchmarks.Synchronous), nameof(CallBenchmarks.CompletedTask), nameof(CallBenchmarks.CompletedValueTask)];
    private static readonly string[] Shapes = [.. Completed, nameof(CallBenchmarks.SuspendingTask)];
    private static readonly string[] StreamShapes = [nameof(StreamBenchmarks.CompletedItem), nameof(StreamBenchmarks.SuspendingItem)];

    private static readonly (string What, ChatRequest Request)[] ChatRequests =
    [
        ("a chat completion of two messages", ChatRequest.TwoMessages),
        ("a chat completion of 40 messages", ChatRequest.FortyMessages),
        ("a chat completion of 200 messages", ChatRequest.TwoHundredMessages),
        ("a chat completion of 100 pieces", ChatRequest.Stream),
    ];

    // What the calls took before steps could be spans.
    private static readonly (string Name, double Bytes)[] BytesWithoutSpans =
    [
        (nameof(CallBenchmarks.Synchronous), 400),
        (nameof(CallBenchmarks.CompletedTask), 401),
        (nameof(CallBenchmarks.CompletedValueTask), 465),
        (nameof(CallBenchmarks.SuspendingTask), 904),
    ];

    private readonly Figures _figures = new(summaries);

    public void WriteTo(TextWriter output)
    {
        output.WriteLine("| what | target | measured | met |");
        output.WriteLine("| --- | --- | ---: | --- |");
        var targets = processes is null ? Targets() : Targets().Concat(ProcessTargets.Of(processes));
        foreach (var (what, limit, measured, isFloor) in targets.Where(static target => !double.IsNaN(target.Measured)))
        {
            var isMet = isFloor ? measured >= limit : measured <= limit;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {what} | {(isFloor ? "at least" : "at most")} {limit:#,0.##} | {measured:#,0.##} | {(isMet ? "yes" : "no")} |"));
        }
    }

    private IEnumerable<Target> Targets() =>
    [
        .. Shapes.SelectMany(shape => PassedThrough<CallBenchmarks>(shape)),
        .. StreamShapes.SelectMany(shape => PassedThrough<StreamBenchmarks>(shape)),
        .. Completed.SelectMany(shape => Traced(shape, 0.6, 0.5)),
        .. Completed.Select(shape => AtMost($"{shape}, traced: time to the decorator's", 1, Ratio(shape, Variant.DecoratorSpan))),
        .. Traced(nameof(CallBenchmarks.SuspendingTask), 0.8, 0.8),
        .. BytesWithoutSpans.Select(shape => AtMost(
            $"{shape.Name}, traced, without a span listener: bytes", shape.Bytes, _figures.Bytes<CallBenchmarks>(shape.Name, Variant.Traced))),
        AtMost(
            "Synchronous, traced: ns over the direct call",
            150,
            _figures.Time<CallBenchmarks>(nameof(CallBenchmarks.Synchronous), Variant.Traced)
                - _figures.Time<CallBenchmarks>(nameof(CallBenchmarks.Synchronous), Variant.Direct)),
        .. ChatRequests.SelectMany(request => Chat(request.What, request.Request)),
        .. new[] { false, true }.SelectMany(OpenAI),
        AtMost("a stream's item, traced: ns over the bare one", 12, Item(_figures.Time<StreamBenchmarks>)),
        AtMost("a stream's item, traced: bytes over the bare one", 16, Item(_figures.Bytes<StreamBenchmarks>)),
        AtMost(
            "a stream's first item, traced: ns over the bare one",
            1_000,
            Stream(nameof(StreamBenchmarks.FirstItem), Variant.Traced) - Stream(nameof(StreamBenchmarks.FirstItem), Variant.Direct)),
        AtLeast(
            "traces of ten steps delivered, per second and processor",
            20_000,
            1e9 / (_figures.Time<DeliveryBenchmarks>(nameof(DeliveryBenchmarks.CompleteAndDeliver)) * Environment.ProcessorCount)),
        AtMost(
            "the enqueue of a trace, in ns",
            1_000,
            _figures.Time<EnqueueBenchmarks>(nameof(EnqueueBenchmarks.Complete), true)
                - _figures.Time<EnqueueBenchmarks>(nameof(EnqueueBenchmarks.Complete), false)),
        AtMost("a step of a chain of 100,000 to one of 10,000", 1.25, Ratio(nameof(ShapeBenchmarks.ChainOf100000), nameof(ShapeBenchmarks.ChainOf10000))),
        AtMost("a child of 100,000 to one of 10,000", 1.25, Ratio(nameof(ShapeBenchmarks.ParentOf100000), nameof(ShapeBenchmarks.ParentOf10000))),
        AtLeast(
            "two threads' throughput to one's",
            1.8,
            2 * _figures.Time<ParallelBenchmarks>(nameof(ParallelBenchmarks.Synchronous), Variant.Traced, 1)
                / _figures.Time<ParallelBenchmarks>(nameof(ParallelBenchmarks.Synchronous), Variant.Traced, 2)),
    ];

    private IEnumerable<Target> PassedThrough<TBenchmarks>(string shape) =>
    [
        AtMost($"{shape}, disabled: time to Castle's", 1.15, _figures.Time<TBenchmarks>(shape, Variant.Disabled) / _figures.Time<TBenchmarks>(shape, Variant.Castle)),
        AtMost($"{shape}, disabled: bytes over Castle's", 0, _figures.Bytes<TBenchmarks>(shape, Variant.Disabled) - _figures.Bytes<TBenchmarks>(shape, Variant.Castle)),
        AtMost($"{shape}, not sampled: time to Castle's", 1.5, _figures.Time<TBenchmarks>(shape, Variant.NotSampled) / _figures.Time<TBenchmarks>(shape, Variant.Castle)),
        AtMost($"{shape}, not sampled: bytes over Castle's", 64, _figures.Bytes<TBenchmarks>(shape, Variant.NotSampled) - _figures.Bytes<TBenchmarks>(shape, Variant.Castle)),
    ];

    private IEnumerable<Target> Traced(string shape, double maxTime, double maxBytes) =>
    [
        AtMost($"{shape}, traced: time to AsyncInterceptor's", maxTime, Ratio(shape, Variant.AsyncInterceptorSpan)),
        AtMost(
            $"{shape}, traced: bytes to AsyncInterceptor's",
            maxBytes,
            _figures.Bytes<CallBenchmarks>(shape, Variant.Traced) / _figures.Bytes<CallBenchmarks>(shape, Variant.AsyncInterceptorSpan)),
    ];

    private IEnumerable<Target> Chat(string what, ChatRequest request) =>
    [
        AtMost($"{what}: time to UseOpenTelemetry's", 1, ChatRatio(_figures.Time<ChatBenchmarks>, request, nameof(ChatBenchmarks.Bare), nameof(ChatBenchmarks.Traced))),
        AtMost($"{what}: bytes to UseOpenTelemetry's", 1, ChatRatio(_figures.Bytes<ChatBenchmarks>, request, nameof(ChatBenchmarks.Bare), nameof(ChatBenchmarks.Traced))),
        AtMost(
            $"{what}, a span beside its step: time to UseOpenTelemetry's",
            1,
            ChatRatio(_figures.Time<ChatBenchmarks>, request, nameof(ChatBenchmarks.Traced), nameof(ChatBenchmarks.TracedWithSpan))),
        AtMost(
            $"{what}, a span beside its step: bytes to UseOpenTelemetry's",
            1,
            ChatRatio(_figures.Bytes<ChatBenchmarks>, request, nameof(ChatBenchmarks.Traced), nameof(ChatBenchmarks.TracedWithSpan))),
    ];

    /// <summary>What one variant costs over another, to what the peer costs over the bare client.</summary>
    private static double ChatRatio(Func<string, object[], double> figure, ChatRequest request, string without, string with) =>
        (figure(with, [request]) - figure(without, [request]))
            / (figure(nameof(ChatBenchmarks.UseOpenTelemetry), [request]) - figure(nameof(ChatBenchmarks.Bare), [request]));

    // Of whole answers, the library's own spans are a peer, too.
    private IEnumerable<Target> OpenAI(bool isStream)
    {
        var what = isStream ? "OpenAI's client, a stream of 100 pieces" : "OpenAI's client";
        if (!isStream)
        {
            yield return AtMost($"{what}: time to that of its own spans", 1, OpenAIRatio(_figures.Time<OpenAIBenchmarks>, isStream, nameof(OpenAIBenchmarks.WithOwnSpans)));
        }

        yield return AtMost($"{what}: time to the decorator's", 1, OpenAIRatio(_figures.Time<OpenAIBenchmarks>, isStream, nameof(OpenAIBenchmarks.Decorated)));
        yield return AtMost($"{what}: bytes to the decorator's", 1, OpenAIRatio(_figures.Bytes<OpenAIBenchmarks>, isStream, nameof(OpenAIBenchmarks.Decorated)));
    }

    private static double OpenAIRatio(Func<string, object[], double> figure, bool isStream, string peer)
    {
        var bare = figure(nameof(OpenAIBenchmarks.Bare), [isStream]);
        return (figure(nameof(OpenAIBenchmarks.Traced), [isStream]) - bare) / (figure(peer, [isStream]) - bare);
    }

    /// <summary>The cost of an item without its stream: a stream is subtracted from a longer one.</summary>
    private static double Item(Func<string, object[], double> figure)
    {
        return Of(Variant.Traced) - Of(Variant.Direct);

        double Of(Variant variant) =>
            ((figure(nameof(StreamBenchmarks.LongStream), [variant]) * StreamBenchmarks.LongItems) - (figure(nameof(StreamBenchmarks.CompletedItem), [variant]) * Items))
                / (StreamBenchmarks.LongItems - Items);
    }

    private double Ratio(string shape, Variant peer) =>
        _figures.Time<CallBenchmarks>(shape, Variant.Traced) / _figures.Time<CallBenchmarks>(shape, peer);

    private double Ratio(string shape, string smaller) => _figures.Time<ShapeBenchmarks>(shape) / _figures.Time<ShapeBenchmarks>(smaller);

    private double Stream(string method, Variant variant) => _figures.Time<StreamBenchmarks>(method, variant);
}
