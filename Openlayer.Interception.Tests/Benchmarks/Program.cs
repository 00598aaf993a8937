using BenchmarkDotNet.Running;
using Openlayer.Interception.Benchmarks;
using Openlayer.Interception.Benchmarks.Processes;

if (args is [ProcessRun.Command, var scenario, ..])
{
    await ProcessRun.RunAsync(scenario, args[2..]);
    return 0;
}

WarmUp.IsWanted = args is not ["dry"];

// "short" runs everything in some minutes, or what filters after it select, "five" does so five times, "dry" runs everything once; other arguments are passed to BenchmarkDotNet.
var switcher = BenchmarkSwitcher.FromAssembly(typeof(CallBenchmarks).Assembly);
var summaries = (args switch
{
    ["short"] => switcher.RunAll(RunLength.Short),
    ["short", .. var filters] => switcher.Run(filters, RunLength.Short),
    ["five"] => switcher.RunAll(RunLength.Five),
    ["five", .. var filters] => switcher.Run(filters, RunLength.Five),
    ["dry"] => switcher.RunAll(RunLength.Dry),
    ["processes"] => [],
    _ => switcher.Run(args),
}).ToArray();

var reports = summaries.SelectMany(static summary => summary.Reports).ToArray();
var processes = args switch
{
    ["short"] or ["five"] or ["processes"] => ProcessFigures.Measure(),
    ["dry"] => ProcessFigures.Check(),
    _ => null,
};
if (args is ["dry"])
{
    Console.WriteLine($"{reports.Count(static report => report.Success)} of {reports.Length} benchmarks ran.");
    Array.ForEach([.. reports.Where(static report => !report.Success)], static failed => Console.WriteLine(failed.BenchmarkCase.DisplayInfo));
}
else
{
    processes?.WriteTo(Console.Out);
    new TargetTable(summaries, processes).WriteTo(Console.Out);
}

return summaries.All(static summary => !summary.HasCriticalValidationErrors) && Array.TrueForAll(reports, static report => report.Success) ? 0 : 1;
