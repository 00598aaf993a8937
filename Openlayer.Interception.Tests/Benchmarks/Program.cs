using BenchmarkDotNet.Running;
using Openlayer.Interception.Benchmarks;
using Openlayer.Interception.Benchmarks.Processes;

if (args is [ProcessRun.Command, var scenario, ..])
{
    await ProcessRun.RunAsync(scenario, args[2..]);
    return 0;
}

if (args is ["processes"])
{
    ProcessFigures.Measure().WriteTo(Console.Out);
    return 0;
}

// "short" runs everything in a few minutes, "dry" runs everything once; other arguments are passed to BenchmarkDotNet.
var switcher = BenchmarkSwitcher.FromAssembly(typeof(CallBenchmarks).Assembly);
var summaries = (args switch
{
    ["short"] => switcher.RunAll(RunLength.Short),
    ["dry"] => switcher.RunAll(RunLength.Dry),
    _ => switcher.Run(args),
}).ToArray();

var reports = summaries.SelectMany(static summary => summary.Reports).ToArray();
if (args is ["dry"])
{
    Console.WriteLine($"{reports.Count(static report => report.Success)} of {reports.Length} benchmarks ran.");
    Array.ForEach([.. reports.Where(static report => !report.Success)], static failed => Console.WriteLine(failed.BenchmarkCase.DisplayInfo));
}
else if (reports.Length > 0)
{
    new TargetTable(summaries).WriteTo(Console.Out);
}

return summaries.All(static summary => !summary.HasCriticalValidationErrors) && Array.TrueForAll(reports, static report => report.Success) ? 0 : 1;
